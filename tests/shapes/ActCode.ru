DELETE DATA { proposition:secure cmq:actType act:secure } ;
INSERT DATA { proposition:secure cmq:actType event-type:assurance }
