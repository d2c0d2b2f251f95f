DELETE DATA { passage:two cmq:quote "Two rockets fell"@en ; cmq:endOffset 56 } ;
INSERT DATA { passage:two cmq:endOffset 102 ;
  cmq:quote "1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 31"@en } ;
DELETE { ?report schema:wordCount 60 } INSERT { ?report schema:wordCount 100 } WHERE { ?report schema:wordCount 60 }
