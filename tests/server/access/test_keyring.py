from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from myna.library import Library
from myna.server.access.keyring import Keyring
from myna.server.access.tokens import Tokens
from myna.speech.access import Key
from myna.speech.errors import Overloaded
from tests.library.conftest import no_proxy, place, postgresql, s3

__all__ = ["no_proxy", "place", "postgresql", "s3"]

TOKENS = Tokens("x" * 32)


@pytest.fixture
def library(place: object) -> Iterator[Library]:
    """A library of each kind."""
    with place.open() as opened:
        yield opened


@pytest.fixture
def keyring(library: Library) -> Iterator[Keyring]:
    """The keys of it and one of the command line."""
    ring = Keyring(("given",), TOKENS, library)
    yield ring
    ring.close()


async def find(keyring: Keyring, secret: str) -> Key | None:
    await keyring.refresh()
    return await keyring.find(secret)


async def get(keyring: Keyring, id: str) -> Key | None:
    await keyring.refresh()
    return await keyring.get(id)


async def test_both_kinds_of_keys(keyring: Keyring, place: object) -> None:
    with place.open() as keeper:
        given = await find(keyring, "given")
        assert given is not None and given.owner == "local"
        for wrong in ("", "give", "givenn", "GIVEN", "gïven", "\udcff"):
            assert await find(keyring, wrong) is None
        for _ in range(3):
            key, secret = keeper.keys.create("made while it runs")
            for _ in range(2):
                assert await find(keyring, secret) == key
                assert await get(keyring, key.id) == key
            keeper.keys.revoke(key.id)
            assert await find(keyring, secret) is None
            assert await get(keyring, key.id) is None
        assert await get(keyring, given.id) == given
        assert await get(keyring, "key_none") is None


async def test_keys_are_needed_from_the_first_on(library: Library, place: object) -> None:
    keyring = Keyring((), TOKENS, library)
    await keyring.refresh()
    assert not keyring.needed
    with place.open() as keeper:
        key, _ = keeper.keys.create("first")
        await keyring.refresh()
        assert keyring.needed
        keeper.keys.revoke(key.id)
    await keyring.refresh()
    assert keyring.needed
    keyring.close()
    later = Keyring((), TOKENS, library)
    await later.refresh()
    assert later.needed, "also after a restart"
    later.close()


async def test_what_was_asked_before_a_revocation_is_not_remembered_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(tmp_path) as library, Library.open(tmp_path) as keeper:
        keyring = Keyring((), TOKENS, library)
        key, secret = keeper.keys.create("k")
        asked, go_on = threading.Event(), threading.Event()
        find_really = library.keys.find

        def slowly(secret: str) -> Key | None:
            found = find_really(secret)
            asked.set()
            go_on.wait(20)
            return found

        monkeypatch.setattr(library.keys, "find", slowly)
        early = asyncio.create_task(find(keyring, secret))
        await asyncio.to_thread(asked.wait, 20)
        keeper.keys.revoke(key.id)
        await keyring.refresh()
        go_on.set()
        assert await early is not None, "it was good when it was asked for"
        assert await find(keyring, secret) is None
        keyring.close()


async def test_a_key_is_looked_up_once_until_something_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open(tmp_path) as library, Library.open(tmp_path) as keeper:
        keyring = Keyring((), TOKENS, library)
        _, secret = keeper.keys.create("k")
        asked: list[str] = []
        find_really = library.keys.find
        monkeypatch.setattr(library.keys, "find", lambda shown: asked.append(shown) or find_really(shown))
        for _ in range(100):
            assert await find(keyring, secret) is not None
        assert len(asked) == 1
        keeper.keys.create("another")
        assert await find(keyring, secret) is not None
        assert len(asked) == 2
        keyring.close()


async def test_nobody_comes_in_while_the_library_cannot_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object) -> None:
        raise Overloaded("out of reach")

    with Library.open(tmp_path) as library:
        keyring = Keyring((), TOKENS, library)
        _, secret = library.keys.create("k")
        monkeypatch.setattr(library.keys, "find", fail)
        with pytest.raises(Overloaded):
            await find(keyring, secret)
        keyring.close()


def test_ids_of_given_keys_are_stable_and_tell_nothing() -> None:
    first, second = (Keyring(("a", "b"), TOKENS)._given for _ in range(2))
    assert [key.id for _, key in first] == [key.id for _, key in second]
    other = Keyring(("a", "b"), Tokens("y" * 32))._given
    assert {key.id for _, key in first}.isdisjoint(key.id for _, key in other)
    assert "'a'" not in repr(first[0][1])
