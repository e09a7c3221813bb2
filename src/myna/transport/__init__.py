"""The shells around wire: HTTP and WebSocket, asynchronous and synchronous, pluggable."""
