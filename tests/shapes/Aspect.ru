DELETE DATA { question:said cmq:aspect aspect:date . proposition:said cmq:aspect aspect:date }
