from __future__ import annotations

import pytest

from myna.speech.errors import InvalidRequest
from myna.speech.voices import CloneDraft
from myna.wire.cartesia.versions import LATEST_VERSION
from myna.wire.cartesia.voices.forms import CloneForm, EmbedForm


class TestClone:
    def test_latest(self) -> None:
        form = CloneForm.of({"name": "N", "language": "en", "consent": "true", "novelty": "x"})
        assert form.draft(LATEST_VERSION) == CloneDraft("N", consent=True)

    def test_oldest_with_an_empty_name(self) -> None:
        texts = {"name": "", "description": "", "language": "", "mode": "similarity", "enhance": "true"}
        draft = CloneForm.of(texts | {"transcript": "Hello."}).draft("2024-06-10")
        assert (draft.name, draft.language, draft.enhance) == ("Unnamed voice", "en", True)
        assert draft.transcript == "Hello."

    @pytest.mark.parametrize(
        ("mode", "enhance", "enhances"),
        [
            ("stability", "", True),
            ("similarity", "", False),
            ("stability", "false", False),
            ("", "True", True),
        ],
    )
    def test_a_clone_for_stability_is_cleaned(self, mode: str, enhance: str, enhances: bool) -> None:
        form = CloneForm.of({"name": "N", "language": "en", "mode": mode, "enhance": enhance})
        assert form.draft("2024-11-13").enhance is enhances

    def test_everything(self) -> None:
        draft = CloneForm.of(
            {"name": "N", "language": "fr", "base_voice_id": "b", "accent": "parisian", "gender": "feminine",
             "tagline": "t", "is_public": "true", "description": "d"}
        ).draft(LATEST_VERSION)  # fmt: skip
        assert (draft.language, draft.base_voice_id, draft.accent) == ("fr", "b", "parisian")
        assert (draft.gender, draft.tagline, draft.is_public) == ("feminine", "t", True)

    @pytest.mark.parametrize(
        ("texts", "field"),
        [
            ({"name": ""}, "name"), ({"language": " "}, "language"), ({"language": "?"}, "language"),
            ({"enhance": "perhaps"}, "enhance"), ({"consent": "9"}, "consent"),
            ({"accent": "Martian"}, "accent"), ({"gender": "x"}, "gender"),
        ],
    )  # fmt: skip
    def test_refusals_name_the_field(self, texts: dict[str, str], field: str) -> None:
        with pytest.raises(InvalidRequest, match=field):
            CloneForm.of({"name": "N", "language": "en", **texts}).draft(LATEST_VERSION)

    def test_modes_are_checked_while_they_meant_something(self) -> None:
        form = CloneForm.of({"name": "N", "language": "en", "mode": "loud"})
        with pytest.raises(InvalidRequest, match="mode"):
            form.draft("2024-11-13")
        assert form.draft("2025-04-16").name == "N"

    def test_embed(self) -> None:
        assert EmbedForm.of({"enhance": "true", "mode": "clip"}).enhances()
        assert not EmbedForm.of({}).enhances()
        assert EmbedForm.of({"consent": "true"}).consents() and not EmbedForm.of({}).consents()
