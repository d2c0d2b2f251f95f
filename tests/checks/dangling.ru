# also: CopyOf
INSERT DATA { report:paper schema:mentions actor:nobody }
