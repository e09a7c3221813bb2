"""Flite: English that is easy to understand, where its libraries are installed."""
