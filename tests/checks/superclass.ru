DELETE DATA { actor:guards a cmq:ArmedGroup }
