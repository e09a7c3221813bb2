"""The batch examples of the second to fourth generations (cartesia 2.0.17, 3.2.0 and 4.2.0).

Usage: python transcribing.py PORT FOLDER, with CARTESIA_API_KEY set and RECORDING naming a WAV file.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from cartesia import AsyncCartesia, Cartesia
from listening import example, main

KEY = os.environ["CARTESIA_API_KEY"]
BASE = f"http://localhost:{sys.argv[1]}"
RECORDING = Path(os.environ["RECORDING"])

client = Cartesia(api_key=KEY, base_url=BASE)


def told(response):
    return {
        "text": response.text,
        "language": response.language,
        "duration": response.duration,
        "words": [[word.word, word.start, word.end] for word in response.words or ()],
    }


@example
def transcribe():
    with RECORDING.open("rb") as file:
        return told(
            client.stt.transcribe(
                file=file, model="ink-whisper", language="en", timestamp_granularities=["word"]
            )
        )


@example
def transcribe_plain():
    with RECORDING.open("rb") as file:
        response = client.stt.transcribe(file=file, model="ink-whisper")
    return {**told(response), "words": response.words}


@example
def transcribe_samples():
    samples = ("audio.pcm", RECORDING.read_bytes()[44:])
    return told(
        client.stt.transcribe(file=samples, model="ink-whisper", encoding="pcm_s16le", sample_rate=16000)
    )


@example
async def transcribe_async():
    client = AsyncCartesia(api_key=KEY, base_url=BASE)
    with RECORDING.open("rb") as file:
        return told(
            await client.stt.transcribe(
                file=file, model="ink-whisper", language="en", timestamp_granularities=["word"]
            )
        )


@example
def rejected():
    calls = {
        "file": lambda: client.stt.transcribe(file=("a.wav", b"RIFFnothing"), model="ink-whisper"),
        "rate": lambda: client.stt.transcribe(
            file=("a.pcm", b"1234"), model="ink-whisper", encoding="pcm_s16le", sample_rate=7
        ),
    }
    found = {}
    for name, call in calls.items():
        try:
            call()
        except Exception as error:
            found[name] = [type(error).__name__, error.status_code]
    return {"found": found}


if __name__ == "__main__":
    main()
