PREFIX precision: <https://w3id.org/communique/code/precision/>
DELETE { ?node ?property precision:governorate }
INSERT { ?node ?property precision:first-order-division }
WHERE { ?node ?property precision:governorate }
