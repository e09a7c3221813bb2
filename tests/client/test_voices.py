"""Voices, dictionaries and tokens over HTTP, on both clients."""

from __future__ import annotations

import gc
import json
import uuid

import httpx
import numpy as np
import pytest

import myna
from myna.client import Myna
from myna.types import Voice, VoiceMetadata
from tests.client.driving import client_of, collect
from tests.client.peers import Asked, Reply, http_peer

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

VOICE = {
    "id": "v/1",
    "name": "Me",
    "created_at": "2026-01-02T03:04:05Z",
    "accent": "british",
    "locales": [{"locale": "en-GB", "is_native": True}],
}
DICT = {"id": "pdict_1", "name": "Names", "items": [{"text": "Nguyen", "alias": "win"}], "pinned": False}
EMBEDDING = [round(0.001 * number, 3) for number in range(192)]


def answer(value: object, status: int = 200) -> Reply:
    return Reply(status=status, headers={"content-type": "application/json"}, body=json.dumps(value).encode())


async def called(side, reply: Reply, call, **settings) -> tuple[object, Asked]:
    """What a call gives, and what it sent."""
    with http_peer(lambda asked: reply) as server:
        client = client_of(side, base_url=server.url, **settings)
        given = await call(client)
        await client.close()
    [asked] = server.asked
    return given, asked


async def test_clone_sends_a_form(side):
    voice, asked = await called(
        side,
        answer(VOICE),
        lambda client: client.voices.clone(
            clip=("me.mp3", b"ID3"),
            name="Me",
            language="en",
            accent="british",
            base_voice_id="b",
            consent=True,
            description="Mine.",
            enhance=False,
            mode="similarity",
            transcript="Hello.",
            extra_body={"mood": "sunny"},
        ),
    )
    assert (asked.method, asked.path) == ("POST", "/voices/clone")
    assert asked.headers["cartesia-version"] == "2026-08-14"
    form = asked.form
    assert (form["clip"].data, form["clip"].filename) == (b"ID3", "me.mp3")
    assert {name: part.text for name, part in form.items() if name != "clip"} == {
        "name": "Me",
        "language": "en",
        "accent": "british",
        "base_voice_id": "b",
        "consent": "true",
        "description": "Mine.",
        "enhance": "false",
        "mode": "similarity",
        "transcript": "Hello.",
        "mood": "sunny",
    }
    assert isinstance(voice, VoiceMetadata) and voice.created_at.year == 2026 and voice.tagline is None


async def test_create_and_mix_speak_the_version_that_has_them(side):
    voice, asked = await called(
        side,
        answer(VOICE),
        lambda client: client.voices.create("Me", "Mine.", np.array(EMBEDDING), "de", base_voice_id="b"),
    )
    assert (asked.method, asked.path, voice.accent) == ("POST", "/voices", "british")
    assert isinstance(voice, Voice) and voice.locales[0].is_native
    assert asked.json == {
        "name": "Me",
        "description": "Mine.",
        "embedding": EMBEDDING,
        "language": "de",
        "base_voice_id": "b",
    }
    assert asked.headers["cartesia-version"] == "2024-11-13"
    parts = [{"id": "a", "weight": 3}, {"embedding": tuple(EMBEDDING), "weight": 1}]
    mixed, asked = await called(
        side, answer({"embedding": EMBEDDING}), lambda client: client.voices.mix(voices=parts)
    )
    assert mixed.embedding == EMBEDDING and "embedding" not in repr(mixed)
    assert (asked.path, asked.headers["cartesia-version"]) == ("/voices/mix", "2024-11-13")
    assert asked.json == {"voices": [parts[0], {"embedding": EMBEDDING, "weight": 1}]}
    _, asked = await called(
        side,
        answer({"embedding": EMBEDDING}),
        lambda client: client.voices.mix(parts),
        default_headers={"Cartesia-Version": "2024-06-10"},
    )
    assert asked.headers["cartesia-version"] == "2024-06-10"


async def test_embed(side):
    given, asked = await called(
        side,
        answer({"embedding": EMBEDDING}),
        lambda client: client.voices.embed(b"RIFF", enhance=True, consent=True),
    )
    assert given.embedding == EMBEDDING and asked.path == "/voices/clone/clip"
    assert (asked.form["clip"].data, asked.form["enhance"].text) == (b"RIFF", "true")
    assert (asked.form["mode"].text, asked.form["consent"].text) == ("clip", "true")


async def test_update_tells_null_from_nothing(side):
    _, asked = await called(
        side, answer(VOICE), lambda client: client.voices.update("v/1", name="New", gender=None)
    )
    assert (asked.method, asked.path) == ("PATCH", "/voices/v%2F1")
    assert asked.json == {"name": "New", "gender": None}


async def test_localize(side):
    fields = {
        "voice_id": "v",
        "name": "Ich",
        "description": "Mine.",
        "language": "de",
        "dialect": None,
        "original_speaker_gender": "female",
        "accent": "high-german",
        "tagline": "calm",
    }
    voice, asked = await called(side, answer(VOICE), lambda client: client.voices.localize(**fields))
    assert (asked.method, asked.path, voice.name) == ("POST", "/voices/localize", "Me")
    assert asked.json == fields
    _, asked = await called(
        side,
        answer(VOICE),
        lambda client: client.voices.localize(voice_id="v", accent="irish", name="Moi"),
    )
    assert asked.json == {"voice_id": "v", "accent": "irish", "name": "Moi"}


async def test_delete_and_accents(side):
    given, asked = await called(side, Reply(status=204), lambda client: client.voices.delete("v1"))
    assert (given, asked.method, asked.path) == (None, "DELETE", "/voices/v1")
    accents = {"accents": [{"id": "british", "name": "British", "locale": "en-GB", "is_localizable": True}]}
    given, asked = await called(side, answer(accents), lambda client: client.voices.list_accents())
    assert asked.path == "/accents" and [accent.locale for accent in given.accents] == ["en-GB"]
    _, asked = await called(
        side, answer(VOICE), lambda client: client.voices.add_accents("v1", accents=("british", "parisian"))
    )
    assert (asked.method, asked.path) == ("PATCH", "/voices/v1/accents")
    assert asked.json == {"accents": ["british", "parisian"]}
    _, asked = await called(
        side, answer(VOICE), lambda client: client.voices.delete_accent("british", id="v1")
    )
    assert (asked.method, asked.path) == ("DELETE", "/voices/v1/accents/british")


async def test_dictionaries(side):
    items = [{"text": "Nguyen", "alias": "win"}]
    given, asked = await called(
        side, answer(DICT), lambda client: client.pronunciation_dicts.create(name="Names", items=iter(items))
    )
    assert (asked.method, asked.path) == ("POST", "/pronunciation-dicts")
    assert asked.json == {"name": "Names", "items": items}
    assert given.items[0].alias == "win" and given.pinned is False
    _, asked = await called(
        side, answer(DICT), lambda client: client.pronunciation_dicts.update("pdict_1", items=given.items)
    )
    assert (asked.method, asked.path) == ("PATCH", "/pronunciation-dicts/pdict_1")
    assert asked.json == {"items": items}
    for call, method, path in (
        (lambda client: client.pronunciation_dicts.retrieve("pdict_1"), "GET", ""),
        (lambda client: client.pronunciation_dicts.get("pdict_1"), "GET", ""),
        (lambda client: client.pronunciation_dicts.delete("pdict_1"), "DELETE", ""),
        (lambda client: client.pronunciation_dicts.pin("pdict_1"), "POST", "/pin"),
        (lambda client: client.pronunciation_dicts.unpin("pdict_1"), "POST", "/unpin"),
    ):
        given, asked = await called(side, answer(DICT), call)
        assert (asked.method, asked.path) == (method, f"/pronunciation-dicts/pdict_1{path}")
        assert given is None or given.id == "pdict_1"


async def test_a_token_is_not_printed(side):
    given, asked = await called(
        side,
        answer({"token": "a.b.c"}),
        lambda client: client.access_token.create(expires_in=60, grants={"tts": True}),
    )
    assert (asked.method, asked.path) == ("POST", "/access-token")
    assert asked.json == {"expires_in": 60, "grants": {"tts": True}}
    assert given.token == given["token"] == "a.b.c" and "a.b.c" not in repr(given)
    _, asked = await called(side, answer({"token": "a.b.c"}), lambda client: client.access_token.create())
    assert asked.json == {}


async def test_ids_must_not_be_empty(side):
    client = client_of(side, base_url="http://localhost:1", max_retries=0)
    for call in (
        lambda: client.voices.get(""),
        lambda: client.voices.update("", name="x"),
        lambda: client.voices.delete(""),
        lambda: client.voices.add_accents("", accents=["british"]),
        lambda: client.voices.delete_accent("", id="v"),
        lambda: client.voices.delete_accent("british", id=""),
        lambda: client.pronunciation_dicts.get(""),
        lambda: client.voices.mix([]),
        lambda: client.voices.mix({"id": "a", "weight": 1}),
        lambda: client.voices.create("x", "y", "text"),
    ):
        with pytest.raises(ValueError):
            await call()
    with pytest.raises(TypeError, match="'nmae'"):
        await client.voices.update("v", nmae="x")
    await client.close()


CREATING = [
    ("clone", lambda client, **more: client.voices.clone(b"RIFF", name="Me", **more)),
    ("create", lambda client, **more: client.voices.create("Me", "Mine.", EMBEDDING, **more)),
    (
        "localize",
        lambda client, **more: client.voices.localize(voice_id="v", name="I", language="de", **more),
    ),
    ("dictionary", lambda client, **more: client.pronunciation_dicts.create(name="Names", **more)),
]


@pytest.mark.parametrize("call", [call for _, call in CREATING], ids=[name for name, _ in CREATING])
async def test_a_lost_reply_makes_nothing_twice(side, call):
    """The server makes a thing for each new key, and its first two answers get lost on the way."""
    made: dict[str, str] = {}

    def handle(asked: Asked) -> Reply:
        id = made.setdefault(asked.headers["idempotency-key"], f"made {len(made) + 1}")
        tries = int(asked.headers["x-stainless-retry-count"])
        return Reply(lost=True) if tries == 0 else answer({"id": id}, status=503 if tries == 1 else 200)

    with http_peer(handle) as server:
        client = client_of(side, base_url=server.url)
        for number in (1, 2):
            assert (await call(client)).id == f"made {number}"
        mine = {"extra_headers": {"idempotency-key": "mine"}}
        assert (await call(client, **mine)).id == (await call(client, **mine)).id == "made 3"
        await client.close()
    assert len(made) == 3 and "mine" in made
    assert [asked.headers["x-stainless-retry-count"] for asked in server.asked] == ["0", "1", "2"] * 4
    uuid.UUID(next(iter(made)))


async def test_other_calls_have_no_key(side):
    _, asked = await called(side, answer(VOICE), lambda client: client.voices.get("v"))
    assert "idempotency-key" not in asked.headers
    _, asked = await called(side, answer(VOICE), lambda client: client.voices.update("v", name="x"))
    assert "idempotency-key" not in asked.headers


async def test_raw_and_streamed_forms(side):
    def handle(asked: Asked) -> Reply:
        body = {"GET": {"data": []}, "DELETE": None}.get(asked.method, VOICE)
        return Reply(headers={"x-request-id": "r1"}, body=b"" if body is None else json.dumps(body).encode())

    with http_peer(handle) as server:
        client = client_of(side, base_url=server.url)
        raw = await client.voices.with_raw_response.clone(b"RIFF", name="Me")
        assert raw.request_id == "r1" and (await raw.parse()).id == "v/1"
        raw = await client.voices.with_raw_response.delete("v")
        assert raw.status_code == 200 and await raw.parse() is None
        async with client.with_streaming_response.pronunciation_dicts.create(name="x") as streamed:
            assert (await streamed.parse()).id == "v/1"
        async with client.voices.with_streaming_response.clone(b"RIFF", name="Me") as streamed:
            assert (await streamed.json())["name"] == "Me"
        raw = await client.with_raw_response.access_token.create()
        assert raw.headers["x-request-id"] == "r1"
        await client.close()


def many(asked: Asked, size: int = 10_000) -> Reply:
    query = httpx.QueryParams(asked.path.partition("?")[2])
    start = int(query.get("starting_after", -1)) + 1
    page = range(start, min(start + int(query["limit"]), size))
    return answer({"data": [{"id": str(number), "description": "x" * 200} for number in page]})


async def test_ten_thousand_voices_are_never_held_at_once(side):
    """The server never says whether there are more; an empty page is the end."""
    most = seen = 0
    with http_peer(many) as server:
        client = client_of(side, base_url=server.url)
        async for voice in client.voices.list(limit=100):
            assert voice.id == str(seen)
            seen += 1
            if seen % 1000 == 0:
                most = max(most, sum(isinstance(item, Voice) for item in gc.get_objects()))
        await client.close()
    assert seen == 10_000 and len(server.asked) == 101
    assert 100 <= most <= 300


async def test_a_server_that_does_not_go_on_ends(side):
    page = {"data": [{"id": "a"}, {"id": "b"}], "has_more": True}
    with http_peer(lambda asked: answer(page)) as server:
        client = client_of(side, base_url=server.url)
        assert [each.id for each in await collect(client.pronunciation_dicts.list())] == ["a", "b", "a", "b"]
        await client.close()
    assert [asked.path for asked in server.asked] == [
        "/pronunciation-dicts",
        "/pronunciation-dicts?starting_after=b",
    ]


async def test_backwards(side):
    replies = [{"data": [{"id": "c"}, {"id": "d"}]}, {"data": [{"id": "a"}, {"id": "b"}]}, {"data": []}]
    with http_peer(lambda asked: answer(replies.pop(0))) as server:
        client = client_of(side, base_url=server.url)
        ids = [voice.id for voice in await collect(client.voices.list(ending_before="e", is_starred=False))]
        await client.close()
    assert ids == ["c", "d", "a", "b"]
    assert server.asked[1].path == "/voices?ending_before=c&is_starred=false"


async def test_an_embedding_is_spoken_with_in_a_version_that_has_them(side):
    request = {
        "model_id": "sonic",
        "transcript": "Hello.",
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 8000},
    }
    voices = [{"mode": "embedding", "embedding": EMBEDDING}, {"id": "v", "embedding": EMBEDDING}, "v"]
    with http_peer(lambda asked: Reply(body=b"\0\0")) as server:
        client = client_of(side, base_url=server.url)
        for voice in voices:
            await client.tts.generate(voice=voice, **request)
        await client.tts.generate(
            voice=voices[0], extra_headers={"cartesia-version": "2024-06-10"}, **request
        )
        await client.close()
    assert [asked.headers["cartesia-version"] for asked in server.asked] == [
        "2025-11-04",
        "2026-08-14",
        "2026-08-14",
        "2024-06-10",
    ]


def test_every_class_has_the_groups():
    for kind in (myna.Myna, myna.AsyncMyna, myna.Cartesia, myna.AsyncCartesia):
        client = kind(base_url="http://localhost:1")
        for group in ("voices", "pronunciation_dicts", "access_token"):
            for form in (client, client.with_raw_response, client.with_streaming_response):
                assert hasattr(getattr(form, group), "create")
    assert Myna(base_url="x").voices is not Myna(base_url="x").voices
