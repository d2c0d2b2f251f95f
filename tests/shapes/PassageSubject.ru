INSERT DATA { statement:claim cmq:quote "words"@en }
