"""Voices are kept as they were given, found, listed, changed and forgotten."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from myna.library import Library
from myna.speech.errors import InvalidRequest, NotFound, UsageError, VoiceNotFound
from myna.speech.pages import Page
from myna.speech.voices import Voice, VoiceChanges, VoiceFilter, fold
from tests.library.making import START, full, voice
from tests.library.place import Place

ALL = VoiceFilter()


def names(voices: object) -> list[str]:
    items = voices.items if isinstance(voices, Page) else voices
    return [one.name for one in items]  # type: ignore[attr-defined]


def test_every_field_survives_exactly(place: Place) -> None:
    with place.open() as library:
        assert library.voices.add(full()) == full()
    with place.open() as library:
        kept = library.voices.get(full().id)
    assert kept == full()
    assert repr(kept.timbre) == repr(full().timbre)
    assert str(kept.likeness.embedding) == str(full().likeness.embedding)  # -0.0 equals 0.0
    assert kept.likeness.detail == full().likeness.detail


def test_a_plain_voice_stays_plain(library: Library) -> None:
    library.voices.add(voice(1, owner=None, is_public=True))
    kept = library.voices.get(voice(1).id)
    assert kept == voice(1, owner=None, is_public=True)
    assert (kept.likeness, kept.provenance, kept.accent, kept.gender) == (None, None, None, None)


def test_an_id_is_taken_once(library: Library) -> None:
    library.voices.add(voice(1))
    with pytest.raises(UsageError, match="already a voice"):
        library.voices.add(voice(1, name="Other"), clip=b"clip")
    assert library.voices.get(voice(1).id).name == "Voice 1"
    assert library.voices.sweep(0) == 0


@pytest.mark.parametrize("broken", ["nul \0 char", "half \ud83d"])
def test_text_that_cannot_be_kept_is_refused(library: Library, broken: str) -> None:
    with pytest.raises(InvalidRequest):
        library.voices.add(voice(1, description=broken))
    with pytest.raises(InvalidRequest):
        library.voices.page(VoiceFilter(q=broken), owner="ana", limit=1)
    library.voices.add(voice(1))
    with pytest.raises(InvalidRequest):
        library.voices.update(voice(1).id, VoiceChanges(name=broken))
    assert list(library.voices.iterate("ana")) == [voice(1)]


def test_unknown_ids(library: Library) -> None:
    for call in (library.voices.get, library.voices.clip, library.voices.delete):
        with pytest.raises(VoiceNotFound):
            call("nobody")
    with pytest.raises(VoiceNotFound):
        library.voices.update("nobody", VoiceChanges(name="x"))
    with pytest.raises(VoiceNotFound):
        library.voices.set_accents("nobody", ())


def test_clips_come_and_go_with_their_voice(library: Library, tmp_path: Path) -> None:
    recording = tmp_path / "clip.wav"
    recording.write_bytes(bytes(range(256)) * 1000)
    library.voices.add(voice(1), clip=recording)
    library.voices.add(voice(2), clip=b"short")
    library.voices.add(voice(3))
    assert library.voices.clip(voice(1).id) == recording.read_bytes()
    assert library.voices.clip(voice(2).id) == b"short"
    assert library.voices.clip(voice(3).id) is None
    with library.voices.clip_file(voice(2).id) as path:
        assert path.read_bytes() == b"short"
    assert not path.exists()
    with pytest.raises(NotFound), library.voices.clip_file(voice(3).id):
        pass
    library.voices.update(voice(2).id, VoiceChanges(name="New"))
    assert library.voices.clip(voice(2).id) == b"short"
    library.voices.delete(voice(2).id)
    with pytest.raises(VoiceNotFound):
        library.voices.clip(voice(2).id)
    assert library.voices.sweep(0) == 0
    assert library.voices.clip(voice(1).id) == recording.read_bytes()


def test_a_clip_that_cannot_be_read_keeps_nothing(library: Library, tmp_path: Path) -> None:
    with pytest.raises((OSError, NotFound)):
        library.voices.add(voice(1), clip=tmp_path / "missing.wav")
    assert library.voices.count("ana") == 0
    assert library.voices.sweep(0) == 0


def test_a_retry_makes_no_second_voice(library: Library) -> None:
    first = library.voices.add(voice(1), clip=b"one", idempotency_key="k")
    assert library.voices.add(voice(2), clip=b"two", idempotency_key="k") == first
    assert library.voices.add(voice(3, owner="ben"), idempotency_key="k").owner == "ben"
    assert library.voices.add(voice(4), idempotency_key="other") == voice(4)
    assert library.voices.count("ana") == 2
    assert library.voices.sweep(0) == 0


def test_a_key_may_be_used_again_after_its_window(library: Library) -> None:
    library.voices.add(voice(1), idempotency_key="k")
    again = library.voices.add(voice(2), idempotency_key="k", idempotency_window_seconds=-1)
    assert again == voice(2)
    assert library.voices.add(voice(3), idempotency_key="k") == voice(2)


def test_a_window_of_nothing_keeps_the_voice_and_takes_the_key_over(library: Library) -> None:
    library.voices.add(voice(1), idempotency_key="k")
    library.voices.add(voice(9), idempotency_key="another")
    assert library.voices.add(voice(2), idempotency_key="k", idempotency_window_seconds=0) == voice(2)
    assert library.voices.add(voice(3), idempotency_key="k", idempotency_window_seconds=600) == voice(2)
    assert library.voices.add(voice(4), idempotency_key="another") == voice(9), (
        "it was not this key's to forget"
    )


def test_a_key_of_a_deleted_voice_makes_a_new_one(library: Library) -> None:
    library.voices.add(voice(1), idempotency_key="k")
    library.voices.delete(voice(1).id)
    assert library.voices.add(voice(2), idempotency_key="k") == voice(2)


def test_retries_at_the_same_time_make_one_voice(place: Place) -> None:
    with place.open() as one, place.open() as other:
        start = threading.Barrier(8)

        def add(number: int) -> str:
            start.wait(10)
            clip = b"%d" % number if number % 2 else None
            return (one, other)[number // 4].voices.add(voice(number), clip=clip, idempotency_key="k").id

        with ThreadPoolExecutor(8) as threads:
            given = set(threads.map(add, range(8)))
        assert len(given) == 1
        assert [kept.id for kept in one.voices.iterate("ana")] == list(given)
        assert one.voices.sweep(0) == 0


def test_names_are_the_owner_s_own(library: Library) -> None:
    library.voices.add(voice(1, name="Zoé"))
    library.voices.add(voice(2, name="ZOE"))
    library.voices.add(voice(3, name="zoe", owner="ben", is_public=True))
    assert library.voices.named("  zoÉ ", "ana") == voice(2, name="ZOE")
    with pytest.raises(VoiceNotFound):
        library.voices.named("zoe", "cid")


def test_visible_are_public_ones_and_one_s_own(library: Library) -> None:
    library.voices.add(voice(1))
    library.voices.add(voice(2, is_public=True))
    library.voices.add(voice(3, owner="ben"))
    library.voices.add(voice(4, owner="ben", is_public=True, gender="feminine"))
    assert names(library.voices.page(ALL, owner="ana", limit=9)) == ["Voice 4", "Voice 2", "Voice 1"]
    assert names(library.voices.page(ALL, owner="cid", limit=9)) == ["Voice 4", "Voice 2"]
    for wanted, found in (
        (VoiceFilter(is_owner=True), ["Voice 2", "Voice 1"]),
        (VoiceFilter(is_owner=False), ["Voice 4"]),
        (VoiceFilter(gender="feminine"), ["Voice 4"]),
        (VoiceFilter(gender="masculine"), []),
        (VoiceFilter(is_starred=True), []),
        (VoiceFilter(is_starred=False), ["Voice 4", "Voice 2", "Voice 1"]),
    ):
        assert names(library.voices.page(wanted, owner="ana", limit=9)) == found
        assert library.voices.count("ana", wanted) == len(found)
    assert library.voices.position(voice(3).id, "ana") is None
    assert library.voices.position(voice(3).id, "ben") == (voice(3).created_at, voice(3).id)


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("100%", [1]),
        ("%", [1]),
        ("a_b", [2]),
        ("_", [2]),
        ("\\", [3]),
        ("café", [4]),
        ("CAFE", [4]),
        ("straße", [5]),
        ("STRASSE", [5]),
        ("ünter", [6]),
        ("'", [7]),
        ("a b", []),
        ("fifth\nsixth", []),
        (" ", [7, 6, 5, 4, 3, 2, 1]),
    ],
)
def test_search_takes_each_character_for_itself(library: Library, q: str, found: list[int]) -> None:
    for number, (name, description) in enumerate(
        [
            ("100% wool", ""), ("x", "A_B"), ("back\\slash", ""), ("Café", ""), ("Straße", "fifth"),
            ("y", "Günter"), ("it's", ""),
        ],
        1,
    ):  # fmt: skip
        # ids without digits or letters that are searched for
        library.voices.add(voice(number, id="z" * number, name=name, description=description))
    page = library.voices.page(VoiceFilter(q=q), owner="ana", limit=9)
    assert [len(one.id) for one in page.items] == found
    assert library.voices.count("ana", VoiceFilter(q=q)) == len(found)


def test_search_finds_ids_and_what_was_changed(library: Library) -> None:
    library.voices.add(voice(1))
    library.voices.add(voice(2))
    found = library.voices.page(VoiceFilter(q=voice(2).id[:13].upper()), owner="ana", limit=9)
    assert names(found) == ["Voice 2"]
    library.voices.update(voice(1).id, VoiceChanges(description="A Trumpet"))
    assert names(library.voices.page(VoiceFilter(q="trumpet"), owner="ana", limit=9)) == ["Voice 1"]


def crowd() -> list[Voice]:
    """Voices of which many are as old as others, in the order of pages."""
    made = [
        voice(
            number,
            created_at=START + timedelta(microseconds=number // 3),
            owner=("ana", "ben")[number % 2],
            is_public=number % 5 < 3,
        )
        for number in range(40)
    ]
    return sorted(made, key=lambda one: (-one.created_at.timestamp(), one.id))


@pytest.fixture
def crowded(library: Library) -> Iterator[Library]:
    for one in reversed(crowd()):
        library.voices.add(one)
    yield library


@pytest.mark.parametrize("limit", [1, 3, 7, 50])
@pytest.mark.parametrize("is_owner", [None, True, False])
def test_pages_join_without_gap(crowded: Library, limit: int, is_owner: bool | None) -> None:
    wanted = VoiceFilter(is_owner=is_owner)
    visible = [
        one
        for one in crowd()
        if (one.owner == "ana" or one.is_public) and (is_owner is None or (one.owner == "ana") == is_owner)
    ]
    down: list[Voice] = []
    after = None
    while True:
        page = crowded.voices.page(wanted, owner="ana", limit=limit, after=after)
        assert len(page.items) == limit or not page.has_more
        down += page.items
        if not page.has_more:
            break
        after = crowded.voices.position(page.items[-1].id, "ana")
    assert down == visible
    up: list[Voice] = []
    before = (visible[-1].created_at, visible[-1].id)
    while True:
        page = crowded.voices.page(wanted, owner="ana", limit=limit, before=before)
        up = [*page.items, *up]
        if not page.has_more:
            break
        before = (page.items[0].created_at, page.items[0].id)
    assert up == visible[:-1]
    assert list(crowded.voices.iterate("ana", wanted, at_once=limit)) == visible


def test_positions_may_be_of_voices_that_are_elsewhere(crowded: Library) -> None:
    visible = [one for one in crowd() if one.owner == "ana" or one.is_public]
    middle = visible[10]
    page = crowded.voices.page(ALL, owner="ana", limit=5, after=(middle.created_at, middle.id + "!"))
    assert list(page.items) == visible[11:16]
    page = crowded.voices.page(ALL, owner="ana", limit=5, before=(middle.created_at, middle.id + "!"))
    assert list(page.items) == visible[6:11]


def test_pages_leave_the_large_part_out(library: Library) -> None:
    library.voices.add(full())
    (listed,) = library.voices.page(ALL, owner="ana", limit=5).items
    assert listed.likeness.embedding == full().likeness.embedding
    assert listed == replace(full(), likeness=replace(full().likeness, detail=b""))


def test_updates_set_what_is_given(library: Library) -> None:
    library.voices.add(full())
    id = full().id
    assert library.voices.update(id, VoiceChanges()) == full()
    changes = VoiceChanges(name="Anna", tagline="", accent="en-US", is_public=False)
    changed = replace(full(), name="Anna", tagline="", accent="en-US", is_public=False)
    assert library.voices.update(id, changes) == library.voices.get(id) == changed
    assert library.voices.named("anna", "ana") == changed
    library.voices.update(id, VoiceChanges(gender="feminine"))
    assert library.voices.get(id).gender == "feminine"
    library.voices.update(id, VoiceChanges(sets_gender=True))
    assert library.voices.get(id) == replace(changed, gender=None)


def test_accents_at_the_same_time_all_stay(place: Place) -> None:
    with place.open() as one, place.open() as other:
        one.voices.add(voice(1))

        def add(number: int) -> None:
            (one, other)[number % 2].voices.set_accents(voice(1).id, lambda old: (*old, f"a{number}"))

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(add, range(12)))
        assert sorted(one.voices.get(voice(1).id).accents) == sorted(f"a{number}" for number in range(12))


def test_what_an_edit_of_accents_raises_changes_nothing(library: Library) -> None:
    library.voices.add(voice(1, accents=("a",)))

    def refuse(old: tuple[str, ...]) -> tuple[str, ...]:
        assert old == ("a",)
        raise NotFound("no such accent")

    with pytest.raises(NotFound):
        library.voices.set_accents(voice(1).id, refuse)
    assert library.voices.get(voice(1).id).accents == ("a",)
    assert library.voices.set_accents(voice(1).id, ["b"]).accents == ("b",)


def test_threads_and_two_openings_work_side_by_side(place: Place) -> None:
    with place.open() as one, place.open() as other:

        def live(number: int) -> None:
            mine = (one, other)[number % 2].voices
            made = mine.add(voice(number), clip=b"%d" % number)
            assert mine.update(made.id, VoiceChanges(name=f"N{number}")).name == f"N{number}"
            assert mine.clip(made.id) == b"%d" % number
            if number % 3 == 0:
                mine.delete(made.id)

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(live, range(24)))
        expected = [f"N{number}" for number in range(23, -1, -1) if number % 3]
        assert names(one.voices.iterate("ana")) == names(other.voices.iterate("ana")) == expected
        assert one.voices.sweep(0) == 0


def test_fold_is_idempotent() -> None:
    for text in ("  Ça VA ", "Straße", "ﬁn", "İ"):
        assert fold(fold(text)) == fold(text)
