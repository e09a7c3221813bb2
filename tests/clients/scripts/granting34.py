"""Access tokens, and what happens when a key is full (cartesia 3.2.0 and 4.2.0).

Usage: python granting34.py PORT FOLDER, with CARTESIA_API_KEY set, and in CARTESIA_SMALL_KEY a key for one
context at a time.
"""

from __future__ import annotations

import os

import cartesia
from cartesia import AsyncCartesia, Cartesia
from late import HERE, INTRODUCTION, MODEL, RAW, VOICE, WAV, asynchronous, client, failing
from listening import Player, example, main

TTS = {"tts": True}


def spoken(player, connection):
    context = connection.context(model_id=MODEL, voice=VOICE, output_format=RAW)
    context.send(model_id=MODEL, voice=VOICE, output_format=RAW, transcript=INTRODUCTION, continue_=False)
    for response in context.receive():
        if response.type == "chunk" and response.audio:
            player.write(response.audio)
    return player.heard(text=INTRODUCTION)


@example
def generate_with_a_token():
    token = client.access_token.create(grants=TTS, expires_in=60).token
    guest = Cartesia(token=token, **HERE)
    response = guest.tts.generate(model_id=MODEL, output_format=WAV, transcript=INTRODUCTION, voice=VOICE)
    player = Player("generate_with_a_token", container="wav")
    player.write(response.read())
    return player.heard(text=INTRODUCTION, streamed=False)


@example
async def generate_with_a_token_async():
    host = asynchronous()
    created = await host.access_token.create(
        grants={"tts": True, "stt": True, "agent": False}, expires_in=3600
    )
    await host.close()
    guest = AsyncCartesia(token=created.token, **HERE)
    response = await guest.tts.generate(
        model_id=MODEL, output_format=WAV, transcript=INTRODUCTION, voice=VOICE
    )
    player = Player("generate_with_a_token_async", container="wav")
    player.write(await response.read())
    await guest.close()
    return player.heard(text=INTRODUCTION, streamed=False)


@example
def websocket_with_a_token():
    guest = Cartesia(token=client.access_token.create(grants=TTS).token, **HERE)
    with guest.tts.websocket_connect() as connection:
        return spoken(Player("websocket_with_a_token"), connection)


@example
def websocket_with_a_token_in_the_query():
    token = client.access_token.create(grants=TTS).token
    guest = Cartesia(api_key="none", **HERE)
    with guest.tts.websocket_connect(extra_query={"access_token": token}) as connection:
        return spoken(Player("websocket_with_a_token_in_the_query"), connection)


@example
def a_token_for_listening_does_not_speak():
    guest = Cartesia(token=client.access_token.create(grants={"stt": True}).token, **HERE)
    return failing(
        lambda: guest.tts.generate(model_id=MODEL, output_format=WAV, transcript="No.", voice=VOICE)
    )


@example
def a_token_without_grants_opens_no_socket():
    guest = Cartesia(token=client.access_token.create().token, **HERE)

    def connect():
        with guest.tts.websocket_connect():
            pass

    return failing(connect)


@example
def a_token_lists_no_voices():
    guest = Cartesia(token=client.access_token.create(grants=TTS).token, **HERE)
    return failing(lambda: list(guest.voices.list()))


@example
def a_token_makes_no_token():
    guest = Cartesia(token=client.access_token.create(grants=TTS).token, **HERE)
    return failing(lambda: guest.access_token.create(grants=TTS))


@example
def a_token_for_too_long():
    return failing(lambda: client.access_token.create(grants=TTS, expires_in=3601))


@example
def a_token_that_somebody_changed():
    token = client.access_token.create(grants=TTS).token
    head, body, signature = token.split(".")
    guest = Cartesia(token=f"{head}.{body}.{signature[::-1]}", **HERE)
    return failing(
        lambda: guest.tts.generate(model_id=MODEL, output_format=WAV, transcript="No.", voice=VOICE)
    )


@example
def a_full_key():
    small = Cartesia(api_key=os.environ["CARTESIA_SMALL_KEY"], max_retries=0, **HERE)
    with small.tts.websocket_connect() as connection:
        first = connection.context(model_id=MODEL, voice=VOICE, output_format=RAW)
        first.send(model_id=MODEL, voice=VOICE, output_format=RAW, transcript="Wait. ", continue_=True)
        next(iter(first.receive()))
        try:
            small.tts.generate(model_id=MODEL, output_format=WAV, transcript="Full.", voice=VOICE)
        except cartesia.RateLimitError as error:
            full = {
                "status": error.status_code,
                "message": str(error),
                "retry_after": error.response.headers["retry-after"],
            }
        first.no_more_inputs()
        for _ in first.receive():
            pass
    patient = Cartesia(api_key=os.environ["CARTESIA_SMALL_KEY"], **HERE)
    response = patient.tts.generate(model_id=MODEL, output_format=WAV, transcript="Free.", voice=VOICE)
    return {**full, "after": len(response.read())}


if __name__ == "__main__":
    main()
