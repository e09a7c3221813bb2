"""Who may come in, and how much of the house they may take: keys, access tokens, admission and usage."""
