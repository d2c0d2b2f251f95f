INSERT DATA { statement:claim cmq:medium medium:video }
