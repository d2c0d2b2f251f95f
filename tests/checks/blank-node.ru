INSERT DATA { [] skos:exactMatch actor:guards }
