DELETE { actor:agency ?p ?o . ?s ?q actor:agency } INSERT { event:agency ?p ?o . ?s ?q event:agency }
WHERE { { actor:agency ?p ?o } UNION { ?s ?q actor:agency } }
