INSERT DATA { proposition:two cmq:contentText "two rockets"@en }
