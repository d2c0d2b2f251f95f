DELETE DATA { proposition:two cmq:unit unit:rocket } ;
INSERT DATA { proposition:two cmq:unit unit:missile }
