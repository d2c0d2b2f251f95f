# also: ContentText
DELETE DATA { proposition:about-one a cmq:QuantityProposition }
