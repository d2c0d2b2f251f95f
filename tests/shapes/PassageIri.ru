DELETE { passage:two ?p ?o . ?s ?q passage:two } INSERT { report:two ?p ?o . ?s ?q report:two }
WHERE { { passage:two ?p ?o } UNION { ?s ?q passage:two } }
