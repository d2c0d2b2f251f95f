INSERT DATA { proposition:damage cmq:aboutEntity actor:iraq . question:damage cmq:aboutEntity actor:iraq }
