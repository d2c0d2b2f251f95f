DELETE DATA { statement:no-damage a cmq:Denial }
