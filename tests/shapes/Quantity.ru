DELETE DATA { proposition:about-one cmq:value 1 } ;
INSERT DATA { proposition:about-one cmq:value "one" }
