INSERT DATA { statement:dated cmq:hasPassage passage:copied }
