# also: unfounded
DELETE DATA { event:raid cmq:respondsTo event:balad } ;
INSERT DATA { event:raid cmq:respondsTo actor:guards }
