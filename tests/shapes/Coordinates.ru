DELETE DATA { place:base wgs:long 44.36 }
