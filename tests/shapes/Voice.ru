INSERT DATA { statement:dated cmq:voice voice:caption }
