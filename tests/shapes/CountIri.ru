DELETE { count:one ?p ?o . ?s ?q count:one } INSERT { <https://example.org/count> ?p ?o . ?s ?q <https://example.org/count> }
WHERE { { count:one ?p ?o } UNION { ?s ?q count:one } }
