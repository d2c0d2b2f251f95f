DELETE { place:base ?p ?o . ?s ?q place:base } INSERT { <https://example.org/base> ?p ?o . ?s ?q <https://example.org/base> }
WHERE { { place:base ?p ?o } UNION { ?s ?q place:base } }
