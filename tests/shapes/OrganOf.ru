DELETE DATA { actor:army cmq:organOf actor:iraq } ;
INSERT DATA { actor:army cmq:organOf place:iraq }
