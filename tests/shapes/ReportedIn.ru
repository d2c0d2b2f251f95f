# also: PassageOfReport
DELETE DATA { statement:dated cmq:reportedIn report:paper }
