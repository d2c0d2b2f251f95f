DELETE { event:raid ?p ?o . ?s ?q event:raid } INSERT { place:raid ?p ?o . ?s ?q place:raid }
WHERE { { event:raid ?p ?o } UNION { ?s ?q event:raid } }
