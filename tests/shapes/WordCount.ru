DELETE DATA { report:copy schema:wordCount 60 } ;
INSERT DATA { report:copy schema:wordCount 60.5 }
