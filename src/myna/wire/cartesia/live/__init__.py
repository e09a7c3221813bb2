"""What the sockets share that take live audio: to listen to it, or to change its voice."""
