DELETE DATA { statement:denial cmq:contradicts statement:claim } ;
INSERT DATA { statement:denial cmq:contradicts proposition:guards }
