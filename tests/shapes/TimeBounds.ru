DELETE DATA { report:paper cmq:earliest "2021-03-03T10:00:00Z"^^xsd:dateTime } ;
INSERT DATA { report:paper cmq:earliest "2022-03-03T10:00:00Z"^^xsd:dateTime }
