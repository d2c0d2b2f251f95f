DELETE { proposition:damage ?p ?o . ?s ?q proposition:damage } INSERT { question:harm ?p ?o . ?s ?q question:harm }
WHERE { { proposition:damage ?p ?o } UNION { ?s ?q proposition:damage } }
