DELETE DATA { report:copy dcterms:publisher actor:agency } ;
INSERT DATA { report:copy dcterms:publisher "The Agency" }
