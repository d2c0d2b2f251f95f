DELETE DATA { statement:promise a cmq:Commitment }
