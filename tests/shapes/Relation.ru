DELETE DATA { proposition:origin cmq:relObject place:iraq } ;
INSERT DATA { proposition:origin cmq:relObject report:paper }
