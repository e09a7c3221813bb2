"""Machines on this computer that make speech, behind small protocols, and the workers that run them."""
