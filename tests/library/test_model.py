"""Whatever is done to voices in whatever order, the library agrees with a list in memory."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from myna.library import Library
from myna.speech.errors import UsageError, VoiceNotFound
from myna.speech.voices import Voice, VoiceChanges, VoiceFilter, fold
from tests.library.making import START, voice

OWNERS = st.sampled_from(["ana", "ben"])
WORDS = st.sampled_from(["Ada", "ada%", "Ädä", "a_a", "Öl", ""])
GENDERS = st.sampled_from([None, "feminine", "masculine"])


class VoicesModel(RuleBasedStateMachine):
    """Voices of two owners, many of the same age."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.library = Library.open(Path(self.folder.name), serving=True)
        self.kept: dict[str, Voice] = {}
        self.clips: dict[str, bytes | None] = {}
        self.keys: dict[tuple[str, str], str] = {}

    def teardown(self) -> None:
        self.library.close()
        self.folder.cleanup()

    @rule(
        number=st.integers(0, 30), owner=OWNERS, name=WORDS, is_public=st.booleans(), age=st.integers(0, 2),
        key=st.sampled_from([None, "k", "l"]), clip=st.sampled_from([None, b"", b"clip"]),
    )  # fmt: skip
    def add(
        self,
        number: int,
        owner: str,
        name: str,
        is_public: bool,
        age: int,
        key: str | None,
        clip: bytes | None,
    ) -> None:
        made = voice(
            number,
            owner=owner,
            name=f"{name} {number}",
            is_public=is_public,
            created_at=START - timedelta(microseconds=age),
        )
        first = self.keys.get((owner, key or ""))
        if first is not None:
            assert self.library.voices.add(made, clip=clip, idempotency_key=key) == self.kept[first]
        elif made.id in self.kept:
            with pytest.raises(UsageError):
                self.library.voices.add(made, clip=clip, idempotency_key=key)
        else:
            assert self.library.voices.add(made, clip=clip, idempotency_key=key) == made
            self.kept[made.id], self.clips[made.id] = made, clip
            if key is not None:
                self.keys[owner, key] = made.id

    @precondition(lambda self: self.kept)
    @rule(data=st.data(), name=WORDS, gender=GENDERS, is_public=st.booleans())
    def update(self, data: st.DataObject, name: str, gender: str | None, is_public: bool) -> None:
        id = data.draw(st.sampled_from(sorted(self.kept)))
        changes = VoiceChanges(name=f"{name}!", gender=gender, sets_gender=True, is_public=is_public)
        self.kept[id] = replace(self.kept[id], name=f"{name}!", gender=gender, is_public=is_public)
        assert self.library.voices.update(id, changes) == self.kept[id]

    @precondition(lambda self: self.kept)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.kept)))
        self.library.voices.delete(id)
        del self.kept[id], self.clips[id]
        self.keys = {key: made for key, made in self.keys.items() if made != id}
        with pytest.raises(VoiceNotFound):
            self.library.voices.get(id)

    @rule()
    def restart(self) -> None:
        self.library.close()
        self.library = Library.open(Path(self.folder.name), serving=True)

    @rule(
        owner=OWNERS, q=WORDS, is_owner=st.sampled_from([None, True, False]), gender=GENDERS,
        limit=st.integers(1, 4),
    )  # fmt: skip
    def read(self, owner: str, q: str, is_owner: bool | None, gender: str | None, limit: int) -> None:
        wanted = VoiceFilter(q=q, is_owner=is_owner, gender=gender)
        expected = [
            one
            for one in sorted(self.kept.values(), key=lambda one: (-one.created_at.timestamp(), one.id))
            if (one.owner == owner or one.is_public)
            and (is_owner is None or (one.owner == owner) == is_owner)
            and gender in (None, one.gender)
            and any(fold(q) in fold(text) for text in (one.name, one.description, one.id))
        ]
        assert list(self.library.voices.iterate(owner, wanted, at_once=limit)) == expected
        assert self.library.voices.count(owner, wanted) == len(expected)

    @invariant()
    def clips_are_those_of_voices(self) -> None:
        for id, clip in self.clips.items():
            assert self.library.voices.clip(id) == clip
        assert self.library.voices.sweep(0) == 0


TestVoices = VoicesModel.TestCase
TestVoices.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
