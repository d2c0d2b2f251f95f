INSERT DATA { report:paper schema:mentions statement:claim }
