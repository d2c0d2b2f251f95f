# also: ContentText TimeBounds
DELETE DATA { proposition:february a cmq:TimeProposition }
