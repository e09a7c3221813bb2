"""Live streams and recordings, each on a process of its own, whatever is made of them."""
