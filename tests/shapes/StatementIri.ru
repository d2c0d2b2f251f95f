DELETE { statement:claim ?p ?o . ?s ?q statement:claim } INSERT { statement:a\/b ?p ?o . ?s ?q statement:a\/b }
WHERE { { statement:claim ?p ?o } UNION { ?s ?q statement:claim } }
