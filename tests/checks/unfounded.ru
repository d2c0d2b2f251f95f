INSERT DATA { event:balad cmq:hasClaimant actor:army }
