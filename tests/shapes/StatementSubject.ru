INSERT DATA { proposition:two cmq:stance stance:affirms }
