"""The fourth generation with nothing but a base URL, as its README has it: sockets take wss by themselves.

Usage: python secure.py PORT FOLDER, with CARTESIA_API_KEY and SSL_CERT_FILE set.
"""

from __future__ import annotations

import os
import sys

from cartesia import Cartesia
from listening import Player, example, main

os.environ["CARTESIA_BASE_URL"] = f"https://localhost:{sys.argv[1]}"
client = Cartesia(api_key=os.getenv("CARTESIA_API_KEY"))
VOICE = "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"
RAW = {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100}


@example
def streaming_inputs():
    player = Player("streaming_inputs")
    with client.tts.websocket_connect() as ws:
        ctx = ws.context(model_id="sonic-latest", voice=VOICE, output_format=RAW, language="en")
        for part in ["The road ", "goes ever ", "on and ", "on."]:
            ctx.push(part)
        ctx.no_more_inputs()
        for response in ctx.receive():
            if response.type == "chunk" and response.audio:
                player.write(response.audio)
    return player.heard(text="The road goes ever on and on.")


@example
def voices():
    return {"voices": [voice.id for voice in client.voices.list()]}


if __name__ == "__main__":
    main()
