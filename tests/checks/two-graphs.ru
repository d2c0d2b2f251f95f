INSERT DATA { GRAPH report:paper { place:iraq a cmq:Place } GRAPH report:copy { place:iraq a cmq:Place } }
