INSERT DATA { statement:dated cmq:supersedes statement:landed-five }
