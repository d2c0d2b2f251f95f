DELETE { assessment:one ?p ?o . ?s ?q assessment:one } INSERT { <https://example.org/assessment> ?p ?o . ?s ?q <https://example.org/assessment> }
WHERE { { assessment:one ?p ?o } UNION { ?s ?q assessment:one } }
