INSERT DATA { question:landed cmq:category unit:person . proposition:two cmq:category unit:person . proposition:up-to-five cmq:category unit:person }
