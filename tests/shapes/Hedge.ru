DELETE DATA { statement:blame cmq:hedgeText "suggest"@en }
