DELETE DATA { proposition:between cmq:valueLow 0 } ;
INSERT DATA { proposition:between cmq:valueLow 2 }
