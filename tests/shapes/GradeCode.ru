DELETE DATA { assessment:one cmq:grade grade:doubtful } ;
INSERT DATA { assessment:one cmq:grade 4 }
