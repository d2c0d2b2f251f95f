INSERT DATA { actor:paper dcterms:issued "2021" }
