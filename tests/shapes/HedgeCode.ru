DELETE DATA { statement:blame cmq:hedge hedge:suggested } ;
INSERT DATA { statement:blame cmq:hedge "suggested" }
