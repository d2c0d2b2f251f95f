INSERT DATA { actor:guards cmq:perpetratorOf event:balad }
