INSERT DATA { proposition:nobody cmq:silentActor actor:army }
