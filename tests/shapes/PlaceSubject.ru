INSERT DATA { actor:iraq cmq:within place:iraq }
