INSERT DATA { statement:dated a cmq:Attribution }
