INSERT DATA { actor:guards cmq:count 1 }
