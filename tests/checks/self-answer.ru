DELETE DATA { question:raider cmq:answers question:raider } ;
INSERT DATA { question:raider cmq:answers question:copy } ;
INSERT { question:copy ?property ?value . question:copy cmq:answers question:copy }
WHERE { question:raider ?property ?value FILTER(?property != cmq:answers) }
