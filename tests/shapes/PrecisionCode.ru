DELETE DATA { place:iraq cmq:placePrecision precision:country } ;
INSERT DATA { place:iraq cmq:placePrecision grade:confirmed }
