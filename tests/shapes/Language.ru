DELETE DATA { report:copy dcterms:language "en" } ;
INSERT DATA { report:copy dcterms:language "English" }
