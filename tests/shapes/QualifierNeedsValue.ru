INSERT DATA { proposition:between cmq:qualifier qualifier:about }
