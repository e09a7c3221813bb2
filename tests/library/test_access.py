"""Keys, what was used with them, and dictionaries."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from myna.library import Library
from myna.speech.access import SCOPES, KeyLimits, Usage
from myna.speech.dictionaries import DictionaryChanges, Pronunciation
from myna.speech.errors import InvalidRequest, NotFound
from myna.speech.pages import Span
from tests.library.place import Place

TODAY = date(2026, 3, 1)


def test_keys_are_found_by_their_secret(place: Place) -> None:
    limits = KeyLimits(contexts=3, requests_per_minute=60)
    with place.open() as library:
        key, secret = library.keys.create("Büro", ["tts", "voices"], limits)
        other, _ = library.keys.create("two", owner=key.owner)
        assert key.owner == key.id != other.id
        assert (other.owner, other.scopes, other.limits) == (key.id, frozenset(SCOPES), KeyLimits())
    with place.open() as library:
        assert library.keys.find(secret) == library.keys.get(key.id) == key
        assert library.keys.list() == [key, other]
        assert key.limits == limits and key.scopes == {"tts", "voices"}


def test_wrong_secrets_find_nothing(library: Library) -> None:
    _, secret = library.keys.create("one")
    _, other = library.keys.create("two")
    wrong = [
        "", "sk_myna_", secret[:-1], secret + "0", secret.upper(), " " + secret, secret + "\n", "é" * 90,
        secret[:25] + other[25:], other[:25] + secret[25:], secret[:8] + "0" * 16 + secret[24:],
        secret.replace("0", "٠"), "\ud800", "x" * 1_000_000,
    ]  # fmt: skip
    for given in wrong:
        assert library.keys.find(given) is None, given[:90]


def test_secrets_are_long_and_kept_nowhere(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        made = [library.keys.create(f"key {number}") for number in range(20)]
        kept = b"".join(path.read_bytes() for path in tmp_path.glob("myna.db*"))
    kept += (tmp_path / "myna.db").read_bytes()
    for key, secret in made:
        random = secret.rpartition("_")[2]
        assert len(bytes.fromhex(random)) * 8 >= 192
        assert key.id.encode() in kept
        for trace in (random, random[:16], random[-16:]):
            assert trace.encode() not in kept
            assert bytes.fromhex(trace) not in kept
            assert trace not in repr(key)
    assert len({secret.rpartition("_")[2] for _, secret in made}) == 20


def test_revoked_keys_are_refused_everywhere_at_once(place: Place) -> None:
    with place.open() as one, place.open() as other:
        key, secret = one.keys.create("one")
        assert other.keys.find(secret) == key
        before = other.generation()
        revoked = one.keys.revoke(key.id)
        assert before is None or other.generation() != before
        assert other.keys.find(secret) is None
        assert revoked.revoked_at is not None
        assert one.keys.revoke(key.id) == revoked == other.keys.get(key.id)
        assert one.keys.list(revoked=False) == []
        assert one.keys.list() == [revoked]
    with pytest.raises(NotFound), place.open() as library:
        library.keys.revoke("key_0")


def test_keys_that_make_no_sense(library: Library) -> None:
    for scopes in ([], ["tts", "everything"]):
        with pytest.raises(InvalidRequest, match="scope"):
            library.keys.create("x", scopes)
    with pytest.raises(InvalidRequest, match="limits"):
        library.keys.create("x", limits=KeyLimits(sockets=0))
    with pytest.raises(InvalidRequest):
        library.keys.create("nul \0")
    assert library.keys.list() == []


def test_the_last_use_goes_forwards(library: Library) -> None:
    key, _ = library.keys.create("one")
    now = datetime.now(UTC)
    library.keys.touch({})
    library.keys.touch({key.id: now, "key_unknown": now})
    library.keys.touch({key.id: now - timedelta(days=1)})
    assert library.keys.get(key.id).last_used_at == now


def test_usage_adds_up(library: Library) -> None:
    next_day = TODAY + timedelta(days=1)
    library.usage.add([])
    library.usage.add([Usage("a", TODAY, 1, 10, 0.5), Usage("a", TODAY, 1, 5, 0.25), Usage(None, TODAY, 7)])
    library.usage.add([Usage("a", next_day, 1), Usage("a", TODAY, 1, 2**40, 0.25)])
    assert library.usage.of("a", TODAY) == [Usage("a", TODAY, 3, 15 + 2**40, 1.0), Usage("a", next_day, 1)]
    assert library.usage.of("a", next_day) == [Usage("a", next_day, 1)]
    assert library.usage.of(None, TODAY) == [Usage(None, TODAY, 7)]
    assert library.usage.of("b", date.min) == []


def test_usage_of_several_servers_adds_up(place: Place) -> None:
    with place.open() as one, place.open() as other:

        def count(number: int) -> None:
            keys = ("a", "b", "c") if number % 2 else ("c", "b", "a")
            (one, other)[number % 2].usage.add([Usage(key, TODAY, 1, number) for key in keys])

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(count, range(30)))
        for key in "abc":
            assert one.usage.of(key, TODAY) == [Usage(key, TODAY, 30, sum(range(30)))]


ITEMS = (
    Pronunciation("Kraków", "<<k|r|a|k|u|f>>"),
    Pronunciation("x\ty", "'z'", True),
    Pronunciation("a", "b", False),
)


def test_dictionaries_are_the_owner_s_own(library: Library) -> None:
    made = library.dictionaries.add("Städte", "cities", ITEMS, owner="ana")
    assert made.id.startswith("pdict_")
    assert (made.items, made.pinned) == (ITEMS, False)
    assert library.dictionaries.get(made.id, "ana") == made
    for call in (
        lambda: library.dictionaries.get(made.id, "ben"),
        lambda: library.dictionaries.update(made.id, DictionaryChanges(name="x"), "ben"),
        lambda: library.dictionaries.delete(made.id, "ben"),
    ):
        with pytest.raises(NotFound):
            call()
    assert library.dictionaries.page(Span(), "ben").items == ()
    assert library.dictionaries.get(made.id, "ana") == made
    library.dictionaries.delete(made.id, "ana")
    with pytest.raises(NotFound):
        library.dictionaries.delete(made.id, "ana")


def test_dictionaries_change(library: Library) -> None:
    made = library.dictionaries.add("one", "", ITEMS, owner="ana")
    pinned = library.dictionaries.update(made.id, DictionaryChanges(pinned=True), "ana")
    assert (pinned.pinned, pinned.items, pinned.name) == (True, ITEMS, "one")
    changes = DictionaryChanges(name="two", description="d", items=(), pinned=False)
    library.dictionaries.update(made.id, changes, "ana")
    changed = library.dictionaries.get(made.id, "ana")
    assert (changed.name, changed.description, changed.items, changed.pinned) == ("two", "d", (), False)
    assert (changed.id, changed.created_at) == (made.id, made.created_at)
    with pytest.raises(InvalidRequest):
        library.dictionaries.update(made.id, DictionaryChanges(items=(Pronunciation("\0", "x"),)), "ana")
    assert library.dictionaries.get(made.id, "ana") == changed


def test_dictionaries_page_newest_first(library: Library) -> None:
    made = [library.dictionaries.add(f"d{number}", owner="ana") for number in range(7)]
    library.dictionaries.add("other", owner="ben")
    order = sorted(made, key=lambda one: (-one.created_at.timestamp(), one.id))
    first = library.dictionaries.page(Span(limit=3), "ana")
    assert (list(first.items), first.has_more) == (order[:3], True)
    last = library.dictionaries.page(Span(limit=9, starting_after=order[2].id), "ana")
    assert (list(last.items), last.has_more) == (order[3:], False)
    before = library.dictionaries.page(Span(limit=2, ending_before=order[4].id), "ana")
    assert (list(before.items), before.has_more) == (order[2:4], True)
    assert library.dictionaries.page(Span(starting_after="pdict_0"), "ana").items == ()
    assert library.dictionaries.page(Span(starting_after=order[0].id), "ben").items == ()
