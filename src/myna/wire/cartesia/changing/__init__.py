"""Voices that are changed, on the wire: the forms of recordings, and the socket for live audio."""
