# also: ContentText
DELETE DATA { proposition:sources a cmq:ResponsibilityProposition }
