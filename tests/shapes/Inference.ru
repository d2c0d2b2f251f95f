DELETE DATA { statement:inferred cmq:voice voice:inference } ;
INSERT DATA { statement:inferred cmq:voice voice:narrator }
