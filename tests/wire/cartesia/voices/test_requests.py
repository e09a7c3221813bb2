from __future__ import annotations

from typing import Any

import msgspec
import pytest

from myna.speech.errors import InvalidRequest
from myna.speech.voices import VoiceChoice
from myna.wire.cartesia.codec import decode_body
from myna.wire.cartesia.voices.requests import (
    AddAccents,
    CreateVoice,
    LocalizeVoice,
    MixVoices,
    UpdateVoice,
)

ONES = [1.0] * 192
LOCALIZE = {"voice_id": "v", "name": "N"}


def read(kind: type[Any], **fields: Any) -> Any:
    return decode_body(msgspec.json.encode(fields), kind)


class TestCreate:
    def test_least(self) -> None:
        draft = read(CreateVoice, name=" Ada ", embedding=ONES).draft()
        assert (draft.name, draft.description, draft.language) == ("Ada", "", "en")
        assert (len(draft.embedding), draft.is_public, draft.base_voice_id) == (192, False, None)

    def test_nulls_and_unknown_fields_do_no_harm(self) -> None:
        nulls = dict.fromkeys(("description", "language", "base_voice_id", "gender", "tagline", "access"))
        given = read(CreateVoice, name="Ada", embedding=ONES, novelty=[{}], **nulls)
        assert given.draft() == read(CreateVoice, name="Ada", embedding=ONES).draft()

    def test_whole_numbers_are_numbers(self) -> None:
        assert read(CreateVoice, name="Ada", embedding=[1] * 192).draft().embedding == tuple(ONES)

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({"name": None}, "name"), ({"name": "  "}, "name"), ({"name": "x" * 201}, "name"),
            ({"name": 7}, "name"), ({"embedding": "loud"}, "embedding"), ({"embedding": [1.0]}, "embedding"),
            ({"embedding": [1e300] * 192}, "embedding"), ({"description": "x" * 4001}, "description"),
            ({"language": "klingon!"}, "language"), ({"gender": "other"}, "gender"),
            ({"tagline": "x" * 33}, "tagline"), ({"access": "secret"}, "access"),
            ({"is_public": "yes"}, "is_public"),
        ],
    )  # fmt: skip
    def test_refusals_name_the_field(self, fields: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidRequest, match=field):
            read(CreateVoice, **{"name": "Ada", "embedding": ONES, **fields}).draft()

    def test_missing_fields_are_named(self) -> None:
        with pytest.raises(InvalidRequest, match="embedding"):
            read(CreateVoice, name="Ada")


class TestUpdate:
    def test_nothing(self) -> None:
        changes = read(UpdateVoice, name=None, accent=None).changes()
        assert (changes.name, changes.sets_gender, changes.accent) == (None, False, None)

    def test_a_gender_of_null_is_forgotten(self) -> None:
        changes = read(UpdateVoice, gender=None).changes()
        assert (changes.sets_gender, changes.gender) == (True, None)

    def test_all(self) -> None:
        changes = read(
            UpdateVoice, name="B", description="", tagline="t", gender="feminine", accent="british",
            access="public",
        ).changes()  # fmt: skip
        assert (changes.name, changes.description, changes.tagline) == ("B", "", "t")
        assert (changes.gender, changes.accent, changes.is_public) == ("feminine", "british", True)

    def test_an_accent_is_an_id(self) -> None:
        with pytest.raises(InvalidRequest, match="General American"):
            read(UpdateVoice, accent="General American").changes()


class TestMix:
    def test_by_id_and_by_embedding(self) -> None:
        mixed = [{"id": "a", "weight": 0.3}, {"embedding": ONES, "weight": 1}, {"id": "b", "embedding": []}]
        assert read(MixVoices, voices=mixed).parts() == [
            (VoiceChoice("a"), 0.3), (VoiceChoice(embedding=tuple(ONES)), 1.0), (VoiceChoice("b"), 1.0),
        ]  # fmt: skip

    @pytest.mark.parametrize(
        ("voices", "field"),
        [
            ([], "voices"), ([{"id": "a"}] * 101, "voices"), ([{"weight": 1}], r"voices\[0\]"),
            ([{"id": "a"}, {"embedding": [1]}], r"voices\[1\].embedding"),
            ([{"id": "a", "weight": 1e200}], "weight"), ([{"id": "a", "weight": "much"}], "weight"),
        ],
    )  # fmt: skip
    def test_refusals_name_the_field(self, voices: list[Any], field: str) -> None:
        with pytest.raises(InvalidRequest, match=field):
            read(MixVoices, voices=voices).parts()


class TestLocalize:
    def test_as_before_accents_had_ids(self) -> None:
        draft = read(
            LocalizeVoice, **LOCALIZE, description="d", language="pt", dialect="BR",
            original_speaker_gender="female",
        ).draft()  # fmt: skip
        assert (draft.language, draft.dialect, draft.accent) == ("pt", "br", None)
        assert (draft.speaker_gender, draft.description) == ("feminine", "d")

    def test_by_accent(self) -> None:
        draft = read(LocalizeVoice, **LOCALIZE, accent="parisian", tagline="t", dialect="zz").draft()
        assert (draft.accent, draft.language, draft.dialect, draft.tagline) == ("parisian", None, None, "t")

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({}, "accent"), ({"voice_id": "", "language": "de"}, "voice_id"),
            ({"accent": "Parisian French"}, "accent"), ({"language": "de", "dialect": "br"}, "dialect"),
            ({"language": "en", "dialect": "mx"}, "dialect"),
            ({"language": "de", "original_speaker_gender": "x"}, "original_speaker_gender"),
        ],
    )  # fmt: skip
    def test_refusals_name_the_field(self, fields: dict[str, Any], field: str) -> None:
        with pytest.raises(InvalidRequest, match=field):
            read(LocalizeVoice, **{**LOCALIZE, **fields}).draft()


def test_accents() -> None:
    assert read(AddAccents, accents=["british", "mexican", "british"]).ids() == ("british", "mexican")
    for wrong in ([], ["british"] * 11, ["martian"]):
        with pytest.raises(InvalidRequest, match="accent"):
            read(AddAccents, accents=wrong).ids()
