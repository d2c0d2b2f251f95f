DELETE { question:who ?p ?o . ?s ?q question:who } INSERT { proposition:who ?p ?o . ?s ?q proposition:who }
WHERE { { question:who ?p ?o } UNION { ?s ?q question:who } }
