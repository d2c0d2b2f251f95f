DELETE DATA { place:base cmq:within place:iraq } ;
INSERT DATA { place:base cmq:within actor:iraq }
