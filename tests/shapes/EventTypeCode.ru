DELETE DATA { event:balad cmq:eventType event-type:rocket-attack } ;
INSERT DATA { event:balad cmq:eventType act:attack }
