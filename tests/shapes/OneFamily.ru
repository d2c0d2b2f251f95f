INSERT DATA { proposition:two a cmq:RelationProposition ; cmq:relObject place:iraq }
