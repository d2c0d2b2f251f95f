DELETE DATA { passage:two cmq:endOffset 56 } ;
INSERT DATA { passage:two cmq:endOffset 57 }
