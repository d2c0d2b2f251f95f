DELETE DATA { proposition:origin cmq:relObject place:iraq }
