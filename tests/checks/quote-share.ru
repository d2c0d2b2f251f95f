DELETE DATA { report:paper schema:wordCount 60 } ;
INSERT DATA { report:paper schema:wordCount 10 }
