INSERT DATA { event:balad cmq:eventType event-type:shelling }
