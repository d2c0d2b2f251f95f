DELETE { ?node cmq:aspect aspect:damage } INSERT { ?node cmq:aspect unit:attack } WHERE { ?node cmq:aspect aspect:damage }
