INSERT DATA { proposition:sources cmq:responsibleActor actor:army }
