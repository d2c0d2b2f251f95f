DELETE { report:copy ?p ?o . ?s ?q report:copy } INSERT { <https://example.org/copy> ?p ?o . ?s ?q <https://example.org/copy> }
WHERE { { report:copy ?p ?o } UNION { ?s ?q report:copy } }
