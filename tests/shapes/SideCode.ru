DELETE { ?node cmq:perimeterSide ?side } INSERT { ?node cmq:perimeterSide category:foreign } WHERE { ?node cmq:perimeterSide ?side }
