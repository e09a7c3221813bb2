"""Who can do it: one protocol, several providers, honest capabilities."""
