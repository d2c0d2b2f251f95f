# also: PlaceIri
INSERT DATA { actor:iraq a cmq:Place }
