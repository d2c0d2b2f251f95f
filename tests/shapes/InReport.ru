# also: PassageOfReport
DELETE DATA { passage:two cmq:inReport report:paper }
