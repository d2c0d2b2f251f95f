INSERT DATA { event:balad dcterms:description "by the Guards"@en }
