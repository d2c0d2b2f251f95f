DELETE DATA { report:copy cmq:copyOf report:paper }
