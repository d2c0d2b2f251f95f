INSERT DATA { actor:guards <http://www.w3.org/2002/07/owl#sameAs> actor:paper.sources }
