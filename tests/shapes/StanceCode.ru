DELETE DATA { statement:dated cmq:stance stance:affirms } ;
INSERT DATA { statement:dated cmq:stance hedge:claimed }
