DELETE { ?node cmq:perimeterSide ?side } WHERE { ?node cmq:perimeterSide ?side }
