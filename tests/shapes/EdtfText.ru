DELETE DATA { proposition:nobody cmq:asOf "2021-03" } ;
INSERT DATA { proposition:nobody cmq:asOf "last March" }
