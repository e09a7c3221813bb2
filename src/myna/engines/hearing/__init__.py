"""Listening, whatever the recogniser: live streams, recordings, and the process that they are heard in."""
