"""Tools for testing speech, offered to applications too."""
