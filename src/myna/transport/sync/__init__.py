"""Transport for threads."""
