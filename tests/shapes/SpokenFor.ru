INSERT DATA { statement:claim cmq:addressee place:iraq }
