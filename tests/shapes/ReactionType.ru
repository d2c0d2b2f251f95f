DELETE DATA { statement:condemned a cmq:Reaction }
