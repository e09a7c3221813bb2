"""Access tokens with the second generation (cartesia 2.0.17).

Usage: python granting2.py PORT FOLDER, with CARTESIA_API_KEY set.
"""

from __future__ import annotations

import os
import sys

from cartesia import AsyncCartesia, Cartesia
from cartesia.core.api_error import ApiError
from listening import Player, example, main

BASE_URL = f"http://localhost:{sys.argv[1]}"
KEY = os.environ["CARTESIA_API_KEY"]
TEXT = "The crew engaged in a range of activities designed to mirror those they might perform on Mars."
VOICE = {"mode": "id", "id": "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"}
RAW = {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100}
client = Cartesia(api_key=KEY, base_url=BASE_URL)


def guest(**asked):
    return Cartesia(api_key=client.auth.access_token(**asked).token, base_url=BASE_URL)


def failing(call):
    try:
        call()
    except ApiError as error:
        return {"type": "ApiError", "status": error.status_code, "message": str(error.body)}
    except Exception as error:
        return {"type": type(error).__name__, "message": str(error)}
    return {"type": None, "message": "no error"}


def spoken(player, speaker):
    for chunk in speaker.tts.bytes(model_id="sonic-2", transcript=TEXT, voice=VOICE, output_format=RAW):
        player.write(chunk)
    return player.heard(text=TEXT)


@example
def bytes_with_a_token():
    return spoken(Player("bytes_with_a_token"), guest(grants={"tts": True, "stt": True}, expires_in=60))


@example
async def bytes_with_a_token_async():
    host = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    created = await host.auth.access_token(grants={"tts": True}, expires_in=60)
    await host.close()
    speaker = AsyncCartesia(api_key=created.token, base_url=BASE_URL)
    player = Player("bytes_with_a_token_async")
    async for chunk in speaker.tts.bytes(model_id="sonic-2", transcript=TEXT, voice=VOICE, output_format=RAW):
        player.write(chunk)
    await speaker.close()
    return player.heard(text=TEXT)


@example
def websocket_with_a_token():
    ws = guest(grants={"tts": True}, expires_in=60).tts.websocket()
    player = Player("websocket_with_a_token")
    for output in ws.send(model_id="sonic-2", transcript=TEXT, voice=VOICE, output_format=RAW, stream=True):
        player.write(output.audio)
    ws.close()
    return player.heard(text=TEXT)


@example
def a_token_for_listening_does_not_speak():
    return failing(lambda: spoken(Player("refused"), guest(grants={"stt": True}, expires_in=60)))


@example
def a_token_without_grants_opens_no_socket():
    return failing(lambda: guest(expires_in=60).tts.websocket())


@example
def a_token_lists_no_voices():
    return failing(lambda: list(guest(grants={"tts": True}, expires_in=60).voices.list()))


@example
def a_token_makes_no_token():
    stranger = guest(grants={"tts": True}, expires_in=60)
    return failing(lambda: stranger.auth.access_token(grants={"tts": True}, expires_in=60))


@example
def a_token_for_too_long():
    return failing(lambda: client.auth.access_token(grants={"tts": True}, expires_in=3601))


if __name__ == "__main__":
    main()
