"""The routers: each a function of the service it answers for."""
