DELETE DATA { statement:claim cmq:medium medium:tweet } ;
INSERT DATA { statement:claim cmq:medium voice:caption }
