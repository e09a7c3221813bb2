"""Voices that are made, mixed and forgotten with the first generation (cartesia 1.4.0).

Usage: python keeping1.py PORT FOLDER, with CARTESIA_API_KEY set.
"""

from __future__ import annotations

import os
import sys

from cartesia import Cartesia
from listening import OUT, Player, example, main

client = Cartesia(api_key=os.environ["CARTESIA_API_KEY"], base_url=f"localhost:{sys.argv[1]}")
BARBERSHOP_MAN = "a0e99841-438c-4a64-b679-ae501e7d6091"
NEWSREADER = "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"
CLIP = OUT / "clip.wav"
SPOKEN = (
    "The crew engaged in a range of activities designed to mirror those they might perform on Mars. "
    "Aside from growing vegetables, they faced additional stressors like communication delays."
)
WAV = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 44100}

state = {}


def refused(call):
    try:
        call()
    except ValueError as error:
        return str(error)
    return None


@example
def clip():
    data = client.tts.bytes(
        model_id="sonic-english", transcript=SPOKEN, voice_id=BARBERSHOP_MAN, output_format=WAV
    )
    CLIP.write_bytes(data)
    return {"size": len(data)}


@example
def readme():
    """Clone a voice's embedding, make a voice of it, speak with it, as the README does."""
    embedding = client.voices.clone(filepath=str(CLIP))
    new_voice = client.voices.create(name="New voice", description="A clone", embedding=embedding)
    state["id"] = new_voice["id"]
    player = Player("cloned", container="wav", encoding="pcm_s16le")
    data = client.tts.bytes(
        model_id="sonic-english", transcript="Hello, world!", voice_id=new_voice["id"], output_format=WAV
    )
    player.write(data)
    return player.heard(
        text="Hello, world!", streamed=False, embedding=embedding, voice=new_voice,
        again=client.voices.get(id=new_voice["id"]),
    )  # fmt: skip


@example
def listed():
    voices = client.voices.list()
    return {"ids": [voice["id"] for voice in voices], "sizes": [len(voice["embedding"]) for voice in voices]}


@example
def with_embedding():
    embedding = client.voices.get(id=state["id"])["embedding"]
    player = Player("with_embedding")
    format = {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100}
    for output in client.tts.sse(
        model_id="sonic-english",
        transcript="Hello there, world!",
        voice_embedding=embedding,
        output_format=format,
    ):
        player.write(output["audio"])
    return player.heard(text="Hello there, world!")


@example
def mixed():
    parts = [{"id": state["id"], "weight": 0.5}, {"id": NEWSREADER, "weight": 0.5}]
    embedding = client.voices.mix(parts)
    one, other = (client.voices.get(id=part["id"])["embedding"] for part in parts)
    made = client.voices.create(name="Mix", description="", embedding=embedding, language="en")
    client.voices.delete(id=made["id"])
    return {"embedding": embedding, "one": one, "other": other}


@example
def similar():
    """A whole voice in one call, without a name."""
    voice = client.voices.clone(filepath=str(CLIP), mode="similarity", transcript=SPOKEN, enhance=False)
    named = client.voices.clone(filepath=str(CLIP), mode="stability", name="Named", description="d")
    client.voices.delete(id=voice["id"])
    client.voices.delete(id=named["id"])
    return {"voice": voice, "named": named}


@example
def deleted():
    client.voices.delete(id=state["id"])
    return {
        "get": refused(lambda: client.voices.get(id=state["id"])),
        "delete": refused(lambda: client.voices.delete(id=state["id"])),
        "built_in": refused(lambda: client.voices.delete(id=NEWSREADER)),
        "left": [voice["id"] for voice in client.voices.list()],
        "id": state["id"],
    }


if __name__ == "__main__":
    main()
