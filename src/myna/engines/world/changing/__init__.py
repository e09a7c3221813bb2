"""Speech in another voice, by the WORLD vocoder: whole recordings, live streams, and joins."""
