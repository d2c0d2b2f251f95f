INSERT DATA { actor:paper skos:prefLabel "Another Paper"@en }
