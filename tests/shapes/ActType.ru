DELETE DATA { proposition:secure a cmq:ActProposition }
