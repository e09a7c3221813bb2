"""Voices and dictionaries that are made, changed and forgotten (cartesia 3.2.0 and 4.2.0).

Usage: python keeping34.py PORT FOLDER, with CARTESIA_API_KEY set.
"""

from __future__ import annotations

from cartesia import NotFoundError, PermissionDeniedError
from late import FOURTH, MODEL, asynchronous, client, failing, named
from listening import OUT, Player, example, main

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
    return model.to_dict(mode="json")


def spoken(name, voice_id, text, **options):
    player = Player(name, container="wav", encoding="pcm_s16le")
    response = client.tts.generate(
        model_id=MODEL, transcript=text, voice=named(voice_id), output_format=WAV, **options
    )
    player.write(response.read())
    return player


@example
def clip():
    response = client.tts.generate(
        model_id=MODEL, transcript=SPOKEN, voice=named(BARBERSHOP_MAN), output_format=WAV
    )
    response.write_to_file(CLIP)
    return {"size": CLIP.stat().st_size}


@example
def readme():
    """Clone from a file and speak with the clone."""
    made = client.voices.clone(clip=CLIP, name="New voice", description="A clone", language="en")
    state["id"] = made.id
    player = spoken("cloned", made.id, "Hello, world!")
    again = client.voices.get(made.id)
    return player.heard(text="Hello, world!", streamed=False, voice=plain(made), again=plain(again))


@example
async def clone_async():
    client = asynchronous()
    made = await client.voices.clone(
        clip=("clip.wav", CLIP.read_bytes(), "audio/wav"), name="Second", language="en"
    )
    again = await client.voices.get(made.id)
    await client.voices.delete(made.id)
    await client.close()
    return {"voice": plain(made), "again": plain(again)}


@example
def localized():
    common = {"voice_id": state["id"], "name": "Elsewhere", "description": "d"}
    if FOURTH:
        made = client.voices.localize(accent="parisian", tagline="From Paris", **common)
    else:
        made = client.voices.localize(language="fr", original_speaker_gender="male", dialect="eu", **common)
    voice = plain(client.voices.get(made.id))
    client.voices.delete(made.id)
    return {"voice": plain(made), "again": voice}


@example
def updated():
    changed = client.voices.update(
        state["id"], name="Another name", description="Another text", gender="feminine"
    )
    reset = client.voices.update(state["id"], name="Another name", description="Another text", gender=None)
    return {"voice": plain(changed), "reset": plain(reset)}


@example
def accents():
    if not FOURTH:
        return {}
    catalogue = client.voices.list_accents().accents
    added = client.voices.add_accents(state["id"], accents=["british", "mexican"])
    left = client.voices.delete_accent("british", id=state["id"])
    return {
        "catalogue": [accent.id for accent in catalogue],
        "added": [locale.locale for locale in added.locales],
        "left": [locale.locale for locale in left.locales],
        "native": [locale.is_native for locale in left.locales],
    }


@example
def listed():
    own = [voice.id for voice in client.voices.list(is_owner=True)]
    first = client.voices.list(limit=25)
    pages = [[voice.id for voice in page.data] for page in first.iter_pages()]
    found = [voice.id for voice in client.voices.list(q="another NAME")]
    return {"own": own, "pages": pages, "found": found}


@example
def previewed():
    voice = next(voice for voice in client.voices.list(is_owner=True, expand=["preview_file_url"]))
    got = client.get(voice.preview_file_url, cast_to=__import__("httpx").Response)
    return {
        "url": voice.preview_file_url,
        "kind": got.headers["content-type"],
        "head": got.content[:4].decode(),
    }


@example
def deleted():
    client.voices.delete(state["id"])
    return {
        "get": failing(lambda: client.voices.get(state["id"])),
        "delete": failing(lambda: client.voices.delete(state["id"])),
        "built_in": failing(lambda: client.voices.delete(NEWSREADER)),
        "classes": [NotFoundError.__name__, PermissionDeniedError.__name__],
        "left": [voice.id for voice in client.voices.list(limit=100)],
        "id": state["id"],
    }


@example
def dictionaries():
    made = client.pronunciation_dicts.create(name="Names", items=[{"text": "Nguyen", "alias": "win"}])
    more = [client.pronunciation_dicts.create(name=f"More {number}") for number in range(12)]
    changed = client.pronunciation_dicts.update(
        made.id, name="People", items=[{"text": "Nguyen", "alias": "<<w|ɪ|n>>"}]
    )
    got = client.pronunciation_dicts.retrieve(made.id)
    listed = [each.id for each in client.pronunciation_dicts.list(limit=5)]
    player = spoken("pronounced", NEWSREADER, "Hello there, Nguyen!", pronunciation_dict_id=made.id)
    for each in (made, *more):
        client.pronunciation_dicts.delete(each.id)
    return player.heard(
        text="Hello there, Nguyen!", streamed=False, made=plain(made), changed=plain(changed), got=plain(got),
        listed=listed, ids=[each.id for each in (made, *more)],
        gone=failing(lambda: client.pronunciation_dicts.retrieve(made.id)),
        left=[each.id for each in client.pronunciation_dicts.list()],
    )  # fmt: skip


if __name__ == "__main__":
    main()
