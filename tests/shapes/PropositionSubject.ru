INSERT DATA { statement:claim cmq:aspect aspect:damage }
