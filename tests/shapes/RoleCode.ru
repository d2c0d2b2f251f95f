DELETE DATA { proposition:guards cmq:role role:perpetrator } ;
INSERT DATA { proposition:guards cmq:role side:inside }
