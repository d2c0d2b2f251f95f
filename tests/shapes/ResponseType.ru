# also: unfounded
DELETE DATA { proposition:reason cmq:respondsToEvent event:balad ; cmq:statedReason "recent attacks"@en }
