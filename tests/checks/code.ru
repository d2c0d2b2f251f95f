INSERT DATA { actor:guards skos:exactMatch role:culprit }
