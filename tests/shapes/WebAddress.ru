DELETE DATA { report:paper schema:url <https://example.org/seven-rockets> } ;
INSERT DATA { report:paper schema:url <file:///etc/passwd> }
