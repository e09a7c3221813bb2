"""Programs of OpenAI's guide and README for audio, with the official client as published.

Usage: python openai3.py PORT FOLDER, with OPENAI_API_KEY set and RECORDING naming a WAV file.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import sys
from pathlib import Path

import openai
from listening import OUT, Player, example, main
from openai import AsyncOpenAI, OpenAI

BASE = f"http://localhost:{sys.argv[1]}"
RECORDING = Path(os.environ["RECORDING"])
TEXT = "Today is a wonderful day to build something people love!"
CONTAINERS = {"mp3": "mp3", "opus": "ogg", "aac": "aac", "flac": "flac", "wav": "wav"}

client = OpenAI(base_url=f"{BASE}/v1")


def played(name, data, format):
    player = Player(name, container=CONTAINERS[format], encoding="pcm_s16le", rate=24000)
    player.write(data)
    return player.heard(text=TEXT, streamed=False)


def speaking(format):
    def speak():
        path = OUT / f"speech_{format}.bin"
        with client.audio.speech.with_streaming_response.create(
            model="gpt-4o-mini-tts",
            voice="coral",
            input=TEXT,
            instructions="Speak in a cheerful and positive tone.",
            response_format=format,
        ) as response:
            response.stream_to_file(path)
        return played(f"speech_{format}_copy", path.read_bytes(), format)

    speak.__name__ = f"speech_{format}"
    return example(speak)


for _format in CONTAINERS:
    speaking(_format)


@example
def speech_default():
    response = client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT)
    return played("speech_default", response.read(), "mp3")


@example
def speech_pcm_streamed():
    player = Player("speech_pcm", encoding="pcm_s16le", rate=24000)
    with client.audio.speech.with_streaming_response.create(
        model="tts-1-hd", voice="onyx", input=TEXT * 4, response_format="pcm"
    ) as response:
        for chunk in response.iter_bytes():
            player.write(chunk)
    return player.heard(text=TEXT * 4)


@example
async def speech_async():
    player = Player("speech_async", encoding="pcm_s16le", rate=24000)
    async with (
        AsyncOpenAI(base_url=f"{BASE}/v1") as client,
        client.audio.speech.with_streaming_response.create(
            model="gpt-4o-mini-tts", voice="verse", input=TEXT * 4, response_format="pcm", speed=1.25
        ) as response,
    ):
        async for chunk in response.iter_bytes(4096):
            player.write(chunk)
    return player.heard(text=TEXT * 4)


@example
def speech_sse():
    player = Player("speech_sse", encoding="pcm_s16le", rate=24000)
    kinds = []
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="sage", input=TEXT, response_format="pcm", stream_format="sse"
    ) as response:
        for line in response.iter_lines():
            if not line.startswith("data: "):
                continue
            event = json.loads(line.removeprefix("data: "))
            kinds.append(event["type"])
            if event["type"] == "speech.audio.delta":
                player.write(base64.b64decode(event["audio"]))
    return player.heard(text=TEXT, streamed=False, kinds=kinds, usage=event["usage"])


@example
def voices():
    found = client.get("/audio/voices", cast_to=object)
    sizes = {}
    for voice in ("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer",
                  "verse", "marin", "cedar"):  # fmt: skip
        speech = client.audio.speech.create(
            model="tts-1", voice=voice, input="A voice.", response_format="wav"
        )
        sizes[voice] = hash(speech.content)
    own = found["voices"][-1]
    client.audio.speech.create(model="tts-1", voice={"id": own["id"]}, input="Hello.", response_format="pcm")
    client.audio.speech.create(model="tts-1", voice=own["name"], input="Hello.", response_format="pcm")
    return {"listed": [voice["id"] for voice in found["voices"]], "different": len(set(sizes.values()))}


@example
def models():
    one = client.models.retrieve("tts-1")
    return {"ids": [model.id for model in client.models.list()], "one": one.id, "object": one.object}


@example
def transcription():
    with RECORDING.open("rb") as file:
        made = client.audio.transcriptions.create(model="gpt-4o-transcribe", file=file)
    return {"text": made.text, "usage": made.usage.type, "request_id": made._request_id}


@example
def transcription_at_the_bare_host():
    with RECORDING.open("rb") as file:
        made = OpenAI(base_url=BASE).audio.transcriptions.create(
            model="ink-whisper", file=file, language="en", timestamp_granularities=["word"]
        )
    return {"text": made.text, "words": made.words, "duration": made.duration}


@example
def transcription_formats():
    made = {
        format: client.audio.transcriptions.create(
            model="whisper-1", file=RECORDING, response_format=format, prompt="ZyntriQix, Digique Plus"
        )
        for format in ("text", "srt", "vtt")
    }
    return {"made": made}


@example
def transcription_verbose():
    made = client.audio.transcriptions.create(
        model="whisper-1",
        file=("speech.wav", RECORDING.read_bytes()),
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
        temperature=0.0,
        language="en",
    )
    return {
        "kind": type(made).__name__,
        "text": made.text,
        "language": made.language,
        "duration": made.duration,
        "words": [[word.word, word.start, word.end] for word in made.words],
        "segments": [[part.id, part.start, part.end, part.text] for part in made.segments],
        "numbers": [[part.avg_logprob, part.compression_ratio, part.tokens] for part in made.segments],
    }


@example
def transcription_stream():
    with RECORDING.open("rb") as file:
        stream = client.audio.transcriptions.create(
            model="gpt-4o-mini-transcribe",
            file=file,
            stream=True,
            chunking_strategy={"type": "server_vad", "silence_duration_ms": 300},
            include=["logprobs"],
        )
        events = list(stream)
    return {
        "kinds": [type(event).__name__ for event in events],
        "deltas": "".join(getattr(event, "delta", "") for event in events),
        "text": events[-1].text,
        "tokens": events[-1].usage.total_tokens,
    }


@example
async def transcriptions_async():
    async with AsyncOpenAI(base_url=f"{BASE}/v1") as client:
        made = await asyncio.gather(
            *(client.audio.transcriptions.create(model="whisper-1", file=RECORDING) for _ in range(3))
        )
    return {"texts": [one.text for one in made]}


@example
def errors():
    fast = client.with_options(max_retries=0)
    calls = {
        "voice": lambda: fast.audio.speech.create(model="tts-1", voice="nobody", input="Hi."),
        "model": lambda: fast.audio.speech.create(model="dall-e-3", voice="alloy", input="Hi."),
        "format": lambda: fast.audio.speech.create(
            model="tts-1", voice="alloy", input="Hi.", response_format="ogg"
        ),
        "speed": lambda: fast.audio.speech.create(model="tts-1", voice="alloy", input="Hi.", speed=9),
        "file": lambda: fast.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"RIFFnothing")),
        "empty": lambda: fast.audio.transcriptions.create(model="whisper-1", file=("a.wav", b"")),
        "translation": lambda: client.audio.translations.create(model="whisper-1", file=RECORDING),
        "key": lambda: fast.with_options(api_key="sk_wrong").models.list(),
        "path": lambda: fast.get("/nothing", cast_to=object),
        "retrieve": lambda: fast.models.retrieve("dall-e-3"),
    }
    found = {}
    for name, call in calls.items():
        try:
            call()
        except openai.APIStatusError as error:
            found[name] = [
                type(error).__name__,
                error.status_code,
                error.code,
                error.type,
                bool(error.request_id),
            ]
    return {"found": found}


if __name__ == "__main__":
    main()
