INSERT DATA { proposition:guards cmq:asOf "2021" }
