"""Voices that are made, changed and forgotten with the second generation (cartesia 2.0.17).

Usage: python keeping2.py PORT FOLDER, with CARTESIA_API_KEY set.
"""

from __future__ import annotations

import os
import sys

from cartesia import AsyncCartesia, Cartesia
from cartesia.core.api_error import ApiError
from listening import OUT, Player, example, main

BASE_URL = f"http://localhost:{sys.argv[1]}"
KEY = os.environ["CARTESIA_API_KEY"]
client = Cartesia(api_key=KEY, base_url=BASE_URL)
BARBERSHOP_MAN = "a0e99841-438c-4a64-b679-ae501e7d6091"
NEWSREADER = "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"
CLIP = OUT / "clip.wav"
SPOKEN = (
    "The crew engaged in a range of activities designed to mirror those they might perform on Mars. "
    "Aside from growing vegetables, they faced additional stressors like communication delays."
)
WAV = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 44100}

state = {}


def plain(model):
    return {name: value for name, value in model.dict().items() if name != "created_at"}


def speak(player, voice, text, format):
    for chunk in client.tts.bytes(model_id="sonic-2", transcript=text, voice=voice, output_format=format):
        player.write(chunk)


def refused(call):
    try:
        call()
    except ApiError as error:
        return {"status": error.status_code, "body": str(error.body)}
    return None


@example
def clip():
    with CLIP.open("wb") as file:
        for chunk in client.tts.bytes(
            model_id="sonic-2",
            transcript=SPOKEN,
            voice={"mode": "id", "id": BARBERSHOP_MAN},
            output_format=WAV,
        ):
            file.write(chunk)
    return {"size": CLIP.stat().st_size}


@example
def readme():
    """Clone from a file and speak with the clone."""
    with CLIP.open("rb") as file:
        made = client.voices.clone(
            clip=file, name="New voice", description="A clone", language="en", mode="stability"
        )
    state["id"] = made.id
    player = Player("cloned", container="wav", encoding="pcm_s16le")
    speak(player, {"mode": "id", "id": made.id}, "Hello, world!", WAV)
    return player.heard(
        text="Hello, world!", streamed=False, voice=plain(made), again=plain(client.voices.get(id=made.id))
    )


@example
async def clone_async():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    made = await client.voices.clone(
        clip=("clip.wav", CLIP.read_bytes(), "audio/wav"), name="Second", language="en", mode="similarity",
        enhance=True,
    )  # fmt: skip
    await client.voices.delete(id=made.id)
    await client.close()
    return {"voice": plain(made)}


@example
def created():
    """A voice of an embedding, mixed of two."""
    parts = [{"id": state["id"], "weight": 0.5}, {"id": NEWSREADER, "weight": 0.5}]
    mix = client.voices.mix(voices=parts).embedding
    made = client.voices.create(name="Mix", description="Of two", embedding=mix, language="en")
    player = Player("created", container="wav", encoding="pcm_s16le")
    speak(player, {"mode": "embedding", "embedding": mix}, "Hello there, world!", WAV)
    client.voices.delete(id=made.id)
    return player.heard(text="Hello there, world!", streamed=False, voice=plain(made), embedding=mix)


@example
def localized():
    made = client.voices.localize(
        voice_id=state["id"], name="Deutsch", description="d", language="de", original_speaker_gender="male"
    )
    there = client.voices.localize(
        voice_id=state["id"], name="Brasil", description="d", language="pt", original_speaker_gender="male",
        dialect="br",
    )  # fmt: skip
    for voice in (made, there):
        client.voices.delete(id=voice.id)
    return {"voice": plain(made), "there": plain(there)}


@example
def updated():
    changed = client.voices.update(id=state["id"], name="Another name", description="Another text")
    return {"voice": plain(changed), "again": plain(client.voices.get(id=state["id"]))}


@example
def listed():
    own = [voice.id for voice in client.voices.list(is_owner=True)]
    expanded = next(iter(client.voices.list(limit=1, expand=["embedding", "is_starred"])))
    pages = [[voice.id for voice in page.items] for page in client.voices.list(limit=25).iter_pages()]
    return {"own": own, "pages": pages, "size": len(expanded.embedding), "starred": expanded.is_starred}


@example
def deleted():
    client.voices.delete(id=state["id"])
    return {
        "get": refused(lambda: client.voices.get(id=state["id"])),
        "delete": refused(lambda: client.voices.delete(id=state["id"])),
        "built_in": refused(lambda: client.voices.delete(id=NEWSREADER)),
        "left": [voice.id for voice in client.voices.list(limit=100)],
        "id": state["id"],
    }


if __name__ == "__main__":
    main()
