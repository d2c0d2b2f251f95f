DELETE DATA { statement:dated cmq:assertedBy actor:paper }
