DELETE DATA { statement:claim cmq:onBehalfOf actor:guards }
