DELETE DATA { proposition:secure cmq:actTarget place:base } ;
INSERT DATA { proposition:secure cmq:actTarget report:paper }
