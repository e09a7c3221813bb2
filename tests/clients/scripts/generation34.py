"""The programs of the third and fourth generations' README and examples (cartesia 3.2.0 and 4.2.0).

Usage: python generation34.py PORT FOLDER, with CARTESIA_API_KEY set.
"""

from __future__ import annotations

import os

import generation34_websocket  # noqa: F401 - its programs run with these
from cartesia import Cartesia, DefaultHttpxClient
from late import (
    HERE,
    INTRODUCTION,
    KEY,
    MODEL,
    RAW,
    README_VOICE,
    UNKNOWN_VOICE,
    VOICE,
    WAV,
    asynchronous,
    client,
    failing,
)
from listening import OUT, Player, example, main

# --- README: usage --------------------------------------------------------------------------------------


@example
def generate():
    response = client.tts.generate(
        model_id=MODEL, output_format=WAV, transcript=INTRODUCTION, voice=README_VOICE
    )
    path = OUT / "generate.wav"
    response.write_to_file(path)
    player = Player("generate_copy", container="wav")
    player.write(path.read_bytes())
    return player.heard(text=INTRODUCTION, streamed=False)


@example
async def generate_async():
    client = asynchronous()
    response = await client.tts.generate(
        model_id=MODEL, output_format=WAV, transcript=INTRODUCTION, voice=README_VOICE
    )
    path = OUT / "generate_async.wav"
    await response.write_to_file(path)
    await client.close()
    player = Player("generate_async_copy", container="wav")
    player.write(path.read_bytes())
    return player.heard(text=INTRODUCTION, streamed=False)


# --- README: pagination, parameters, errors, raw responses ------------------------------------------------


@example
def voices():
    all_voices = []
    for voice in client.voices.list():
        all_voices.append(voice)
    one = client.voices.get("6ccbfb76-1fc6-48f7-b71d-91ac6298247b")
    return {
        "voices": [{"id": v.id, "name": v.name, "language": v.language} for v in all_voices],
        "name": one.name,
    }


@example
async def voices_async():
    client = asynchronous()
    all_voices = []
    async for voice in client.voices.list():
        all_voices.append(voice.id)
    first_page = await client.voices.list()
    ids = [voice.id for voice in first_page.data]
    next_ids = []
    if first_page.has_next_page():
        assert first_page.next_page_info() is not None
        next_page = await first_page.get_next_page()
        next_ids = [voice.id for voice in next_page.data]
    await client.close()
    return {"voices": all_voices, "first": ids, "next": next_ids}


@example
def voices_by_page():
    page = client.voices.list(limit=7)
    sizes = [len(page.data)]
    while page.has_next_page():
        page = page.get_next_page()
        sizes.append(len(page.data))
    return {"sizes": sizes}


@example
def nested_params():
    player = Player("nested_params", rate=8000)
    response = client.tts.generate(
        model_id=MODEL,
        output_format={"container": "raw", "encoding": "pcm_f32le", "sample_rate": 8000},
        transcript="transcript",
        voice=README_VOICE,
        generation_config={},
    )
    for chunk in response.iter_bytes():
        player.write(chunk)
    return player.heard(text="transcript", streamed=False)


@example
def unknown_voice():
    return failing(
        lambda: client.tts.generate(
            model_id=MODEL, output_format=WAV, transcript="Hello.", voice=UNKNOWN_VOICE
        )
    )


@example
def missing_voice():
    return failing(lambda: client.voices.get("00000000-0000-4000-8000-000000000000"))


@example
def wrong_key():
    return failing(lambda: Cartesia(api_key="wrong", **HERE).voices.list())


@example
def wrong_key_websocket():
    return failing(lambda: Cartesia(api_key="wrong", **HERE).tts.websocket_connect().enter())


@example
def nobody_there():
    away = Cartesia(api_key=KEY, base_url="http://localhost:9", max_retries=0)
    return failing(lambda: away.voices.list())


@example
def retries_and_timeouts():
    found = client.with_options(max_retries=5).voices.list()
    again = client.with_options(timeout=5.0).voices.list()
    return {"same": [v.id for v in found.data] == [v.id for v in again.data]}


@example
def custom_header():
    old = Cartesia(api_key=KEY, default_headers={"cartesia-version": "2024-11-13"}, **HERE)
    return failing(
        lambda: old.tts.generate(model_id=MODEL, output_format=WAV, transcript="Hello.", voice=UNKNOWN_VOICE)
    )


@example
def raw_response():
    response = client.voices.with_raw_response.list()
    voices = response.parse()
    with client.voices.with_streaming_response.list() as streaming:
        lines = list(streaming.iter_lines())
    return {
        "content_type": response.headers.get("content-type"),
        "first": voices.data[0].id,
        "streamed": "".join(lines),
    }


@example
def custom_request():
    import httpx

    response = client.get("/voices/6ccbfb76-1fc6-48f7-b71d-91ac6298247b", cast_to=httpx.Response)
    return {"status": response.status_code, "body": response.json()}


@example
def custom_http_client():
    with Cartesia(api_key=KEY, http_client=DefaultHttpxClient(trust_env=False), **HERE) as client:
        return {"name": client.voices.get("6ccbfb76-1fc6-48f7-b71d-91ac6298247b").name}


@example
def from_environment():
    os.environ["CARTESIA_BASE_URL"] = HERE["base_url"]
    with Cartesia(api_key=KEY) as client:
        return {"name": client.voices.get("6ccbfb76-1fc6-48f7-b71d-91ac6298247b").name}


# --- examples: server-sent events -------------------------------------------------------------------------


@example
def sse():
    stream = client.tts.generate_sse(
        model_id=MODEL, transcript="Hello, world!", voice=VOICE, output_format=RAW
    )
    player = Player("sse")
    types = []
    for event in stream:
        types.append(event.type)
        if event.type == "chunk":
            if event.audio:
                player.write(event.audio)
        elif event.type == "done":
            break
        elif event.type == "error":
            raise Exception(f"Error: {event.error}")
    return player.heard(text="Hello, world!", types=types)


@example
async def sse_timestamps_async():
    client = asynchronous()
    stream = await client.tts.generate_sse(
        model_id=MODEL,
        transcript="Hello, world!",
        voice=VOICE,
        output_format=RAW,
        add_timestamps=True,
        add_phoneme_timestamps=True,
    )
    player = Player("sse_timestamps_async")
    words, starts, ends, phonemes = [], [], [], []
    async for event in stream:
        if event.type == "timestamps":
            words += event.word_timestamps.words
            starts += event.word_timestamps.start
            ends += event.word_timestamps.end
        elif event.type == "phoneme_timestamps":
            phonemes += event.phoneme_timestamps.phonemes
        elif event.type == "chunk":
            player.write(event.audio)
        elif event.type == "done":
            break
        elif event.type == "error":
            raise Exception(f"Error: {event.error}")
    await client.close()
    return player.heard(text="Hello, world!", words=words, start=starts, end=ends, phonemes=phonemes)


# --- examples: a name of the second generation, kept


@example
def old_bytes():
    player = Player("old_bytes", container="wav")
    response = client.tts.bytes(model_id=MODEL, transcript="Hello, world!", voice=VOICE, output_format=WAV)
    for chunk in response:
        player.write(chunk)
    return player.heard(text="Hello, world!", streamed=False)


if __name__ == "__main__":
    main()
