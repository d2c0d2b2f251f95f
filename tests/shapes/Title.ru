DELETE DATA { report:copy dcterms:title "Seven rockets"@en }
