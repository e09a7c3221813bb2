"""Voices measured in recordings, and speech brought near to them."""
