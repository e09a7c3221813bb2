"""The voice changer in the second to fourth generations (cartesia 2.0.17, 3.2.0 and 4.2.0).

Usage: python changing.py PORT FOLDER, with CARTESIA_API_KEY set and RECORDING naming a WAV file.
"""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import cartesia
from cartesia import AsyncCartesia, Cartesia
from listening import OUT, example, main

KEY = os.environ["CARTESIA_API_KEY"]
BASE = f"http://localhost:{sys.argv[1]}"
RECORDING = Path(os.environ["RECORDING"])
SECOND = cartesia.__version__.startswith("2.")
VOICE = "694f9389-aac1-45b6-b726-9d9369183238"
RAW = {
    "output_format_container": "raw",
    "output_format_sample_rate": 16000,
    "output_format_encoding": "pcm_s16le",
}
WAV = {**RAW, "output_format_container": "wav"}
MP3 = {"output_format_container": "mp3", "output_format_sample_rate": 44100, "output_format_bit_rate": 128000}

client = Cartesia(api_key=KEY, base_url=BASE)


def kept(name, data, container):
    path = OUT / f"{name}.{container}"
    path.write_bytes(data)
    return {"audio": str(path), "container": container}


def made(name, pieces, container):
    pieces = list(pieces)
    return {**kept(name, b"".join(pieces), container), "pieces": len(pieces)}


def generated(**format):
    if SECOND:
        return client.voice_changer.bytes(clip=RECORDING.open("rb"), voice_id=VOICE, **format)
    return client.voice_changer.generate(clip=RECORDING, voice_id=VOICE, **format).iter_bytes()


def told(events):
    data = b"".join(base64.b64decode(event.data) for event in events[:-1])
    last = events[-1]
    return {
        **kept("events", data, "raw"),
        "rates": sorted({event.sample_rate for event in events[:-1]}),
        "statuses": sorted({event.status_code for event in events[:-1]}),
        "steps": all(event.step_time >= 0 for event in events[:-1]),
        "last": [last.done, last.status_code],
        "events": len(events),
    }


@example
def raw():
    return made("raw", generated(**RAW), "raw")


@example
def wav():
    return made("wav", generated(**WAV), "wav")


@example
def mp3():
    return made("mp3", generated(**MP3), "mp3")


@example
def clips():
    """Every way of giving a recording."""
    data = RECORDING.read_bytes()
    given = {"tuple": ("clip.wav", data), "typed": ("clip.wav", data, "audio/wav"), "bytes": data}
    sizes = {}
    for name, clip in given.items():
        if SECOND:
            pieces = client.voice_changer.bytes(clip=clip, voice_id=VOICE, **RAW)
        else:
            pieces = client.voice_changer.generate(clip=clip, voice_id=VOICE, **RAW).iter_bytes()
        sizes[name] = len(b"".join(pieces))
    return {"sizes": sizes}


@example
def events():
    if SECOND:
        return told(list(client.voice_changer.sse(clip=RECORDING.open("rb"), voice_id=VOICE, **RAW)))
    return told(list(client.voice_changer.generate_sse(clip=RECORDING, voice_id=VOICE, **RAW)))


@example
def older_names():
    if SECOND:
        return {}
    pieces = client.voice_changer.change_voice_bytes(clip=RECORDING, voice_id=VOICE, **RAW).iter_bytes()
    nothing = client.voice_changer.change_voice_sse(clip=RECORDING, voice_id=VOICE, **RAW)
    return {**made("older", pieces, "raw"), "nothing": nothing is None}


@example
async def asynchronous():
    asynchronously = AsyncCartesia(api_key=KEY, base_url=BASE)
    if SECOND:
        with RECORDING.open("rb") as clip:
            pieces = [
                piece async for piece in asynchronously.voice_changer.bytes(clip=clip, voice_id=VOICE, **RAW)
            ]
        return made("async", pieces, "raw")
    response = await asynchronously.voice_changer.generate(clip=RECORDING, voice_id=VOICE, **RAW)
    pieces = [piece async for piece in response.iter_bytes()]
    stream = await asynchronously.voice_changer.generate_sse(clip=RECORDING, voice_id=VOICE, **RAW)
    counted = len([event async for event in stream])
    return {**made("async", pieces, "raw"), "counted": counted}


@example
def flat_names_of_a_gateway():
    """What a gateway's module hands on, with clips in memory."""
    if SECOND:
        return {}
    clip = ("audio.wav", RECORDING.read_bytes(), "application/octet-stream")
    response = client.voice_changer.change_voice_bytes(
        clip=clip, voice_id=VOICE, **MP3, output_format_encoding=None
    )
    return made("gateway", response.iter_bytes(), "mp3")


@example
def rejected():
    nobody = "00000000-0000-4000-8000-000000000000"
    calls = {
        "voice": {"voice_id": nobody, **RAW},
        "encoding": {"voice_id": VOICE, "output_format_container": "raw", "output_format_sample_rate": 16000},
        "clip": {"voice_id": VOICE, **RAW, "clip": ("a.wav", b"RIFFnothing")},
    }
    found = {}
    for name, arguments in calls.items():
        for method in ("bytes", "sse") if SECOND else ("generate", "generate_sse"):
            arguments = {"clip": ("clip.wav", RECORDING.read_bytes()), **arguments}
            try:
                for _ in getattr(client.voice_changer, method)(**arguments):
                    pass
            except Exception as error:
                found[f"{name} {method}"] = [type(error).__name__, getattr(error, "status_code", None)]
            else:
                found[f"{name} {method}"] = ["nothing", 200]
    return {"found": found}


if __name__ == "__main__":
    main()
