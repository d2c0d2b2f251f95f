DELETE DATA { passage:two cmq:startOffset 40 ; cmq:endOffset 56 } ;
INSERT DATA { passage:two cmq:startOffset -16 ; cmq:endOffset 0 }
