"""Changing voices in processes of their own: live streams and recordings."""
