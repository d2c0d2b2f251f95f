DELETE DATA { event:balad cmq:indexedLatest "2021-02-21T11:59:59Z"^^xsd:dateTime } ;
INSERT DATA { event:balad cmq:indexedLatest "2020-02-21T11:59:59Z"^^xsd:dateTime }
