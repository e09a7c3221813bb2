"""The programs of the second generation's README (cartesia 2.0.17).

Usage: python generation2.py PORT FOLDER, with CARTESIA_API_KEY set.
"""

from __future__ import annotations

import asyncio
import os
import sys

from cartesia import AsyncCartesia, Cartesia
from cartesia.core.api_error import ApiError
from listening import Player, example, main

BASE_URL = f"http://localhost:{sys.argv[1]}"
KEY = os.environ["CARTESIA_API_KEY"]
NEWSREADER = "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"
SOUTHERN_LADY = "f9836c6e-a0bd-460e-9d3c-f7299fa60f94"
BARBERSHOP_MAN = "a0e99841-438c-4a64-b679-ae501e7d6091"
FLOAT_44100 = {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100}
STORY = [
    "The crew engaged in a range of activities designed to mirror those they might perform on Mars. ",
    "Aside from growing vegetables, they faced additional stressors like communication delays, ",
    "up to twenty-two minutes each way, to simulate the distance to our planet.",
]

client = Cartesia(api_key=KEY, base_url=BASE_URL)


@example
def tts_bytes():
    player = Player("bytes", container="wav")
    bytes_iter = client.tts.bytes(
        model_id="sonic-3",
        transcript="Hello, world!",
        voice={"mode": "id", "id": NEWSREADER},
        language="en",
        output_format={"container": "wav", "sample_rate": 44100, "encoding": "pcm_f32le"},
    )
    for chunk in bytes_iter:
        player.write(chunk)
    return player.heard(text="Hello, world!", streamed=False)


@example
async def tts_bytes_async():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    player = Player("bytes_async", container="wav")
    bytes_iter = client.tts.bytes(
        model_id="sonic-3",
        transcript="Hello, world!",
        voice={"mode": "id", "id": NEWSREADER},
        language="en",
        output_format={"container": "wav", "sample_rate": 44100, "encoding": "pcm_f32le"},
    )
    async for chunk in bytes_iter:
        player.write(chunk)
    await client.close()
    return player.heard(text="Hello, world!", streamed=False)


@example
def mp3():
    player = Player("mp3", container="mp3")
    for chunk in client.tts.bytes(
        model_id="sonic-3",
        transcript="".join(STORY),
        voice={"mode": "id", "id": NEWSREADER},
        output_format={"container": "mp3", "sample_rate": 44100, "bit_rate": 128000},
    ):
        player.write(chunk)
    return player.heard(text="".join(STORY))


@example
def sse():
    import base64

    player = Player("sse")
    response = client.tts.sse(
        model_id="sonic-3",
        transcript="Hello world!",
        voice={"mode": "id", "id": SOUTHERN_LADY},
        language="en",
        output_format=FLOAT_44100,
    )
    types = []
    for chunk in response:
        types.append(chunk.type)
        if chunk.type == "chunk":
            player.write(base64.b64decode(chunk.data))
    return player.heard(text="Hello world!", types=types)


@example
def websocket():
    player = Player("websocket", rate=22050)
    ws = client.tts.websocket()
    for output in ws.send(
        model_id="sonic-3",
        transcript="Hello! Welcome to Cartesia",
        voice={"mode": "id", "id": BARBERSHOP_MAN},
        stream=True,
        output_format={"container": "raw", "encoding": "pcm_f32le", "sample_rate": 22050},
    ):
        player.write(output.audio)
    ws.close()
    return player.heard(text="Hello! Welcome to Cartesia")


@example
def websocket_whole():
    player = Player("websocket_whole")
    ws = client.tts.websocket()
    output = ws.send(
        model_id="sonic-3",
        transcript="Hello! Welcome to Cartesia",
        voice={"mode": "id", "id": BARBERSHOP_MAN},
        stream=False,
        output_format=FLOAT_44100,
    )
    player.write(output.audio)
    ws.close()
    return player.heard(text="Hello! Welcome to Cartesia", streamed=False)


@example
def continuations():
    ws = client.tts.websocket()
    ctx = ws.context()
    player = Player("continuations")
    for output in ctx.send(
        model_id="sonic-3",
        transcript=(piece for piece in STORY),
        voice={"mode": "id", "id": BARBERSHOP_MAN},
        output_format=FLOAT_44100,
    ):
        player.write(output.audio)
    ws.close()
    return player.heard(text="".join(STORY))


@example
async def continuations_async():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    ws = await client.tts.websocket()
    ctx = ws.context()
    player = Player("continuations_async")

    async def send_transcripts():
        for transcript in STORY:
            await ctx.send(
                model_id="sonic-3",
                transcript=transcript,
                voice={"mode": "id", "id": BARBERSHOP_MAN},
                output_format=FLOAT_44100,
                continue_=True,
            )
        await ctx.no_more_inputs()

    async def receive():
        async for output in ctx.receive():
            player.write(output.audio)

    await asyncio.gather(send_transcripts(), receive())
    await ws.close()
    await client.close()
    return player.heard(text="".join(STORY))


@example
async def flush():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    ws = await client.tts.websocket()
    ctx = ws.context()
    common = {
        "model_id": "sonic-3",
        "voice": {"mode": "id", "id": BARBERSHOP_MAN},
        "output_format": FLOAT_44100,
    }
    player = Player("flush")
    await ctx.send(transcript=STORY[0], continue_=True, **common)
    before_flush = await ctx.flush()
    await ctx.send(transcript=STORY[2], continue_=True, **common)
    await ctx.no_more_inputs()
    async for output in before_flush():
        player.write(output.audio)
    first = len(player.sizes)
    async for output in ctx.receive():
        player.write(output.audio)
    await ws.close()
    await client.close()
    return player.heard(text=STORY[0] + STORY[2], first=first, parts=[STORY[0], STORY[2]])


@example
async def cancel():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    ws = await client.tts.websocket()
    doomed = ws.context()
    common = {
        "model_id": "sonic-3",
        "voice": {"mode": "id", "id": BARBERSHOP_MAN},
        "output_format": FLOAT_44100,
    }
    await doomed.send(transcript="".join(STORY) * 10, continue_=True, **common)
    async for output in doomed.receive():
        if output.audio:
            break
    await doomed.cancel()
    # the socket lives on, and what comes next is untouched
    player = Player("cancel")
    async for output in await ws.send(transcript="Hello! Welcome to Cartesia", stream=True, **common):
        player.write(output.audio)
    await ws.close()
    await client.close()
    return player.heard(text="Hello! Welcome to Cartesia", closed=doomed.is_closed())


@example
async def timestamps():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    ws = await client.tts.websocket()
    output_generate = await ws.send(
        model_id="sonic-2",
        transcript="Hello! Welcome to Cartesia's text-to-speech.",
        voice={"id": SOUTHERN_LADY},
        output_format=FLOAT_44100,
        add_timestamps=True,
        add_phoneme_timestamps=True,
        stream=True,
    )
    words, starts, ends, phonemes = [], [], [], []
    player = Player("timestamps")
    async for out in output_generate:
        if out.audio is not None:
            player.write(out.audio)
        if out.word_timestamps is not None:
            words.extend(out.word_timestamps.words)
            starts.extend(out.word_timestamps.start)
            ends.extend(out.word_timestamps.end)
        if out.phoneme_timestamps is not None:
            phonemes.extend(out.phoneme_timestamps.phonemes)
    await ws.close()
    await client.close()
    return player.heard(
        text="Hello! Welcome to Cartesia's text-to-speech.",
        words=words,
        start=starts,
        end=ends,
        phonemes=phonemes,
    )


@example
def voices():
    found = [
        {"id": voice.id, "name": voice.name, "language": voice.language} for voice in client.voices.list()
    ]
    voice = client.voices.get(id=BARBERSHOP_MAN)
    return {"voices": found, "name": voice.name, "embedding": voice.embedding}


@example
def voices_by_page():
    page = client.voices.list(limit=7)
    sizes = []
    for page in page.iter_pages():
        sizes.append(len(page.items))
    return {"sizes": sizes}


@example
async def voices_async():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    found = [voice.id async for voice in await client.voices.list(limit=20)]
    await client.close()
    return {"voices": found}


def failing(call):
    try:
        call()
    except ApiError as error:
        return {"type": "ApiError", "status": error.status_code, "message": str(error.body)}
    except Exception as error:
        return {"type": type(error).__name__, "message": str(error)}
    return {"type": None, "message": "no error"}


def speak(client, voice):
    return client.tts.bytes(
        model_id="sonic-3",
        transcript="Hello, world!",
        voice={"mode": "id", "id": voice},
        output_format={"container": "wav", "sample_rate": 44100, "encoding": "pcm_f32le"},
    )


@example
def unknown_voice():
    return failing(lambda: list(speak(client, "00000000-0000-4000-8000-000000000000")))


@example
def missing_voice():
    return failing(lambda: client.voices.get(id="00000000-0000-4000-8000-000000000000"))


@example
def wrong_key():
    stranger = Cartesia(api_key="wrong", base_url=BASE_URL)
    return failing(lambda: list(speak(stranger, BARBERSHOP_MAN)))


@example
def wrong_key_websocket():
    stranger = Cartesia(api_key="wrong", base_url=BASE_URL)
    return failing(lambda: stranger.tts.websocket())


@example
def error_on_websocket():
    ws = client.tts.websocket()
    common = {"model_id": "sonic-3", "output_format": FLOAT_44100}
    unknown = {"mode": "id", "id": "00000000-0000-4000-8000-000000000000"}
    result = failing(lambda: list(ws.send(transcript="Hello.", voice=unknown, **common)))
    ws.close()
    return result


if __name__ == "__main__":
    main()
