"""Voices and dictionaries that are kept: the same program in this process and on a real server."""

from __future__ import annotations

import asyncio
import io
import os
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import myna
from myna.library import Library
from myna.providers.local import LocalProvider
from myna.server.settings import Settings
from myna.testing.server import serve_here
from tests.client.driving import client_of, collect
from tests.faults.dropping import dropping_replies

RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16000}
TEXT = (
    "The morning was cool and bright, and the boats went out along the river one after the other, "
    "while the old man on the bridge told a long story about the sea to anybody who would listen."
)


@pytest.fixture(scope="module")
def clip() -> Iterator[bytes]:
    """A deep voice that reads for about ten seconds."""
    with myna.Myna() as client:
        yield client.say(TEXT, voice="Otis").read()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@asynccontextmanager
async def served(data: Path) -> AsyncIterator[str]:
    """The URL of a server with the library in `data`."""
    with Library.open(data, serving=True) as library:
        provider = LocalProvider(library=library)
        async with serve_here(provider, Settings(data=data), library) as server:
            yield server.url


@pytest.fixture(params=["here", "remote"])
async def client(request: pytest.FixtureRequest, side: Any, data: Path) -> AsyncIterator[Any]:
    """A client of this machine and one of a server, for threads and for asyncio."""
    if request.param == "here":
        client = client_of(side, data=data)
        yield client
        await client.close()
        return
    async with served(data) as url:
        client = client_of(side, base_url=url)
        yield client
        await client.close()


def samples(data: bytes) -> np.ndarray:
    if data[:4] == b"RIFF":
        with wave.open(io.BytesIO(data)) as file:
            data = file.readframes(file.getnframes())
    return np.frombuffer(data, "<i2").astype(float)


async def spoken(client: Any, voice: Any, text: str = "One two three four five six.", **more: Any) -> bytes:
    request = {"model_id": "sonic-latest", "output_format": RAW, "transcript": text}
    return await (await client.tts.generate(voice=voice, **request, **more)).read()


async def over_a_socket(client: Any, voice: Any, **connect: Any) -> bytes:
    async with client.tts.websocket_connect(**connect) as connection:
        context = connection.context(model_id="sonic-latest", voice=voice, output_format=RAW)
        await context.push("One two three four five six.")
        await context.no_more_inputs()
        events = await collect(context.receive())
    assert events[-1].type == "done", events[-1]
    return b"".join(event.audio for event in events if event.type == "chunk")


async def test_a_voice_from_its_clip_to_its_end(client: Any, clip: bytes, tmp_path: Path) -> None:
    made = await client.voices.clone(clip=("me.wav", clip), name="My own voice", consent=True)
    assert made.name == "My own voice" and made.access == "private"
    voice = await client.voices.get(made.id)
    assert voice.is_owner and voice.language == "en" and voice.gender == "masculine"
    assert (await client.voices.get("my own voice")).id == made.id
    assert [each.id for each in await collect(client.voices.list(is_owner=True))] == [made.id]
    listed = [each.id async for each in client.voices.list(limit=50)]
    assert listed[0] == made.id and len(listed) == len(set(listed)) > 100

    for voice in (made.id, {"id": made.id}, {"mode": "id", "id": made.id}, "My own voice"):
        assert np.abs(samples(await spoken(client, voice))).max() > 1000
    assert np.abs(samples(await over_a_socket(client, made.id))).max() > 1000
    assert np.abs(samples(await (await client.voices.preview(made.id)).read())).max() > 1000

    changed = await client.voices.update(made.id, name="Renamed", description="It is me.", gender=None)
    assert (changed.name, changed.description, changed.gender) == ("Renamed", "It is me.", None)
    german = await client.voices.localize(voice_id=made.id, name="Ich", language="de")
    assert german.language == "de"
    assert np.abs(samples(await spoken(client, german.id, "Eins zwei drei vier."))).max() > 1000

    parcel = await (await client.voices.export(made.id)).read()
    await client.voices.delete(made.id)
    with pytest.raises(myna.NotFoundError) as gone:
        await client.voices.get(made.id)
    assert isinstance(gone.value, myna.VoiceNotFound)
    with pytest.raises(myna.VoiceNotFound):
        await spoken(client, made.id)
    back = await client.voices.import_(("mine.myna-voice", parcel))
    assert (back.id, back.name) == (made.id, "Renamed")
    with pytest.raises(myna.BadRequestError, match="here already"):
        await client.voices.import_(parcel)
    with pytest.raises(myna.PermissionDeniedError, match="built in"):
        await client.voices.delete((await client.voices.get("Wren")).id)


async def test_embeddings(client: Any, clip: bytes) -> None:
    measured = (await client.voices.embed(io.BytesIO(clip))).embedding
    assert len(measured) == 192
    wren = await client.voices.get("Wren", expand=["embedding"])
    mixed = await client.voices.mix(
        [{"id": wren.id, "weight": 1}, {"embedding": measured, "weight": 3}],
    )
    assert mixed.embedding == pytest.approx(
        [0.25 * one + 0.75 * other for one, other in zip(wren.embedding, measured, strict=True)], abs=1e-4
    )
    made = await client.voices.create("Between", "Two of them.", mixed.embedding)
    assert np.abs(samples(await spoken(client, made.id))).max() > 1000

    voice = {"mode": "embedding", "embedding": mixed.embedding}
    assert np.abs(samples(await spoken(client, voice))).max() > 1000
    events = await collect(
        await client.tts.generate_sse(
            model_id="sonic-latest", output_format=RAW, transcript="One two three.", voice=voice
        )
    )
    assert events[-1].type == "done" and len(events) > 2
    older = {"extra_query": {"cartesia_version": "2025-11-04"}}
    assert np.abs(samples(await over_a_socket(client, voice, **older))).max() > 1000
    with pytest.raises(myna.BadRequestError, match="192"):
        await client.voices.create("Short", "", [1.0, 2.0])


async def test_clips_that_are_refused(client: Any) -> None:
    silence = io.BytesIO()
    with wave.open(silence, "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes(16000 * 2 * 4))
    for unusable in (silence.getvalue(), b"this is no sound at all", b"\0" * 1000):
        with pytest.raises(myna.BadRequestError) as caught:
            await client.voices.clone(unusable, name="No one")
        assert caught.value.error_code == "clip_rejected"
    assert await collect(client.voices.list(is_owner=True)) == []


async def test_accents(client: Any, clip: bytes) -> None:
    accents = (await client.voices.list_accents()).accents
    assert {"british", "general-american"} <= {accent.id for accent in accents}
    assert [accent.id for accent in accents] == sorted(accent.id for accent in accents)
    made = await client.voices.clone(clip, name="Me", accent="general-american")
    voice = await client.voices.add_accents(made.id, accents=["british"])
    assert {"en-GB"} < {locale.locale for locale in voice.locales} | {"and more"}
    voice = await client.voices.delete_accent("british", id=made.id)
    assert "en-GB" not in {locale.locale for locale in voice.locales}
    with pytest.raises(myna.BadRequestError):
        await client.voices.add_accents(made.id, accents=["martian"])


async def test_dictionaries(client: Any) -> None:
    made = await client.pronunciation_dicts.create(
        name="Names", items=[{"text": "Nguyen", "alias": "one two three four five six seven eight"}]
    )
    assert made.items[0].alias == made.items[0].pronunciation and not made.pinned
    await client.pronunciation_dicts.pin(made.id)
    assert (await client.pronunciation_dicts.retrieve(made.id)).pinned
    await client.pronunciation_dicts.unpin(made.id)
    plain = await spoken(client, "Wren", "Nguyen")
    replaced = await spoken(client, "Wren", "Nguyen", pronunciation_dict_id=made.id)
    assert len(replaced) > 1.5 * len(plain)
    changed = await client.pronunciation_dicts.update(made.id, name="Other", items=[])
    assert (changed.name, changed.items) == ("Other", [])
    others = [await client.pronunciation_dicts.create(name=f"D{number}") for number in range(4)]
    listed = [each.id async for each in client.pronunciation_dicts.list(limit=2)]
    assert sorted(listed) == sorted([made.id, *(other.id for other in others)])
    await client.pronunciation_dicts.delete(made.id)
    with pytest.raises(myna.NotFoundError):
        await client.pronunciation_dicts.get(made.id)


async def test_both_doors_see_one_library(side: Any, data: Path, clip: bytes) -> None:
    """A client of this machine works in the folder that a server has open."""
    async with served(data) as url:
        remote, here = client_of(side, base_url=url), client_of(side, data=data)
        first = await remote.voices.clone(clip, name="By the server")
        second = await here.voices.clone(clip, name="By this process")
        for client in (remote, here):
            own = [voice.id async for voice in client.voices.list(is_owner=True)]
            assert own == [second.id, first.id]
            assert await spoken(client, first.id) and await spoken(client, second.id)
        await here.voices.delete(first.id)
        with pytest.raises(myna.NotFoundError):
            await remote.voices.get(first.id)
        await remote.close()
        await here.close()
    with Library.open(data) as library:
        assert [voice.id for voice in library.voices.iterate("local")] == [second.id]


async def test_replies_that_get_lost_make_no_second_voice(side: Any, data: Path, clip: bytes) -> None:
    async with served(data) as url, dropping_replies(url) as proxy:
        client = client_of(side, base_url=proxy.url)
        for call in (
            lambda: client.voices.clone(clip, name="Cloned"),
            lambda: client.voices.create("Created", "", [0.0] * 192),
            lambda: client.voices.localize(voice_id="Wren", name="Localized", language="de"),
            lambda: client.pronunciation_dicts.create(name="Named"),
        ):
            proxy.drop(2)
            await call()
        assert proxy.dropped == 8
        own = sorted(voice.name for voice in await collect(client.voices.list(is_owner=True)))
        assert own == ["Cloned", "Created", "Localized"]
        assert len(await collect(client.pronunciation_dicts.list())) == 1
        await client.voices.clone(clip, name="Cloned")  # whoever asks twice gets two
        assert len(await collect(client.voices.list(is_owner=True))) == 4
        await client.close()


async def test_nothing_is_kept_where_nothing_was_made(side: Any, data: Path) -> None:
    client = client_of(side, data=data)
    assert len(await collect(client.voices.list(limit=100))) > 100
    await client.voices.get("Wren")
    await client.close()
    assert not os.path.exists(data)  # noqa: ASYNC240


async def test_tokens_need_a_server(side: Any, data: Path) -> None:
    client = client_of(side, data=data)
    with pytest.raises(myna.NotOffered, match="base_url"):
        await client.access_token.create(grants={"tts": True})
    await client.close()
    settings = Settings(data=data, keys=("secret-key",))
    async with serve_here(LocalProvider(data=data), settings) as server:
        client = client_of(side, base_url=server.url, api_key="secret-key")
        token = (await client.access_token.create(grants={"tts": True}, expires_in=60)).token
        with_token = client_of(side, base_url=server.url, token=token)
        assert await spoken(with_token, "Wren")
        with pytest.raises(myna.PermissionDeniedError):
            await with_token.voices.clone(b"RIFF", name="Not allowed")
        with pytest.raises(myna.BadRequestError):
            await client.access_token.create(expires_in=3601)
        await with_token.close()
        await client.close()


async def test_a_cancelled_clone_leaves_nothing_open(data: Path, clip: bytes) -> None:
    client = myna.AsyncMyna(data=data)
    cloning = asyncio.create_task(client.voices.clone(clip, name="Me"))
    await asyncio.sleep(0)
    cloning.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cloning
    assert (await client.voices.clone(clip, name="Me")).id
    await client.close()
    assert not [name for name in os.listdir(data) if name.endswith(".part")]
