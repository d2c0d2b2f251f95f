DELETE DATA { proposition:damage cmq:answers question:damage } ;
INSERT DATA { proposition:damage cmq:answers proposition:damage }
