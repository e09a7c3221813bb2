"""The live examples of the second generation (cartesia 2.0.17): `stt.websocket` in its three ways.

Usage: python hearing2.py PORT FOLDER, with CARTESIA_API_KEY set and RECORDING naming raw audio.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from cartesia import AsyncCartesia, Cartesia
from listening import example, main

BASE_URL = f"http://localhost:{sys.argv[1]}"
KEY = os.environ["CARTESIA_API_KEY"]
AUDIO = Path(os.environ["RECORDING"]).read_bytes()
CHUNKS = [AUDIO[at : at + 3200] for at in range(0, len(AUDIO), 3200)]

client = Cartesia(api_key=KEY, base_url=BASE_URL)


def told(results):
    finals = [result for result in results if result["type"] == "transcript" and result["is_final"]]
    return {
        "text": "".join(result["text"] for result in finals),
        "types": [result["type"] for result in results if result.get("is_final") is not False],
        "ids": len({result["request_id"] for result in results}),
        "finals": len(finals),
        "words": [word for result in finals for word in result["words"]],
        "language": finals[0]["language"],
    }


@example
def send_then_receive():
    ws = client.stt.websocket(model="ink-whisper", language="en", encoding="pcm_s16le", sample_rate=16000)
    for chunk in CHUNKS:
        ws.send(chunk)
    ws.send("finalize")
    ws.send("done")
    report = told(list(ws.receive()))
    ws.close()
    return report


@example
def endpointing():
    ws = client.stt.websocket(
        model="ink-whisper",
        language="en",
        encoding="pcm_s16le",
        sample_rate=16000,
        min_volume=0.001,
        max_silence_duration_secs=0.5,
    )
    for chunk in (*CHUNKS, bytes(32000), *CHUNKS, bytes(32000)):
        ws.send(chunk)
    ws.send("done")
    report = told(list(ws.receive()))
    ws.close()
    return report


@example
def transcribe():
    ws = client.stt.websocket(model="ink-whisper", language="en", encoding="pcm_s16le", sample_rate=16000)
    return told(list(ws.transcribe(iter(CHUNKS))))


@example
async def concurrent():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    ws = await client.stt.websocket(
        model="ink-whisper", language="en", encoding="pcm_s16le", sample_rate=16000
    )
    results = []

    async def send():
        for chunk in CHUNKS:
            await ws.send(chunk)
            await asyncio.sleep(0.005)
        await ws.send("finalize")
        await ws.send("done")

    async def receive():
        async for result in ws.receive():
            results.append(result)

    await asyncio.gather(send(), receive())
    await ws.close()
    await client.close()
    return told(results)


@example
def unknown_model():
    ws = client.stt.websocket(model="nobody", language="en", encoding="pcm_s16le", sample_rate=16000)
    try:
        list(ws.receive())
    except RuntimeError as error:
        return {"message": str(error)}
    return {"message": "no error"}


main()
