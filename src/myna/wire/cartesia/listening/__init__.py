"""Speech to text on the wire: `/stt`, `/stt/websocket` and `/stt/turns/websocket`."""
