INSERT DATA { passage:said-so cmq:translation "responsibility, as he said"@en }
