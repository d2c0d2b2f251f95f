INSERT DATA { statement:claim cmq:grade grade:doubtful }
