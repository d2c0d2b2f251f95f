INSERT DATA { place:iraq skos:editorialNote "2021-03-03"^^xsd:date }
