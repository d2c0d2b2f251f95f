DELETE DATA { statement:relay cmq:relayOf statement:landed-two }
