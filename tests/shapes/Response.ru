DELETE DATA { proposition:reason cmq:statedReason "recent attacks"@en } ;
INSERT DATA { proposition:reason cmq:statedReason "recent attacks" }
