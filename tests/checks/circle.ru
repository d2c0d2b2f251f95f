INSERT DATA { place:iraq cmq:within place:base }
