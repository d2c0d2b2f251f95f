# also: ValueBounds
INSERT DATA { proposition:two cmq:qualifier role:involved }
