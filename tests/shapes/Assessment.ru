DELETE DATA { assessment:one cmq:assessor actor:agency }
