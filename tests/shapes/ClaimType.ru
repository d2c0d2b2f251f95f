DELETE DATA { statement:claim a cmq:ClaimOfResponsibility }
