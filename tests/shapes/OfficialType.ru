DELETE DATA { statement:declined a cmq:OfficialStatement }
