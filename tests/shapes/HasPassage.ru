# also: PassageOfReport
DELETE DATA { statement:dated cmq:hasPassage passage:two }
