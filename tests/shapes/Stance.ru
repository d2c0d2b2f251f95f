DELETE DATA { statement:dated cmq:stance stance:affirms }
