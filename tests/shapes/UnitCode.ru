DELETE { ?node cmq:unit ?unit } INSERT { ?node cmq:unit category:civilian } WHERE { ?node cmq:unit ?unit }
