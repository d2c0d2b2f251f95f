DELETE DATA { count:one cmq:count 1 } ;
INSERT DATA { count:one cmq:count 0 }
