INSERT DATA { statement:dated cmq:expresses proposition:damage }
