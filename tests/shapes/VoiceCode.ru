DELETE DATA { statement:dated cmq:voice voice:narrator } ;
INSERT DATA { statement:dated cmq:voice medium:tweet }
