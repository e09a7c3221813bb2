"""Voices on the wire: objects, queries and requests of every version."""
