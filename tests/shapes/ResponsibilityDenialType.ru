DELETE DATA { statement:denial a cmq:ResponsibilityDenial }
