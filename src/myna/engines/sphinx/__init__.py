"""PocketSphinx: English heard anywhere, with the model that comes with it."""
