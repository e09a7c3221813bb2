"""The forms that clients send to make voices of recordings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from myna.speech.errors import InvalidRequest
from myna.speech.voices import CloneDraft
from myna.wire.cartesia.voices import checks
from myna.wire.cartesia.voices.objects import OLDEST

UNNAMED = "Unnamed voice"
"""Name of a clone whose maker, with the oldest version, gives an empty one."""

_MODES = ("similarity", "stability", "clip")


class CloneForm(Struct, kw_only=True):
    """The text parts of `POST /voices/clone`; the part `clip` is the recording."""

    name: str = ""
    description: str = ""
    language: str = ""
    mode: str = ""
    enhance: str = ""
    transcript: str = ""
    base_voice_id: str = ""
    accent: str = ""
    consent: str = ""
    gender: str = ""
    tagline: str = ""
    is_public: str = ""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> CloneForm:
        """The parts that are known; others do no harm."""
        known: dict[str, Any] = {name: texts[name] for name in cls.__struct_fields__ if name in texts}
        return cls(**known)

    def draft(self, version: str) -> CloneDraft:
        """What is to be made.

        Raises:
            InvalidRequest: a part is missing, or has a value that cannot be.
        """
        if self.mode and self.mode not in _MODES and version <= "2024-11-13":
            raise InvalidRequest(f"mode cannot be {self.mode[:40]!r}; use similarity or stability.")
        if not self.language.strip() and version > OLDEST:
            raise InvalidRequest("language is missing; give that of the clip, such as en.")
        name = self.name if self.name.strip() or version > OLDEST else UNNAMED
        enhance = checks.flag("enhance", self.enhance)
        return CloneDraft(
            name=checks.name(name),
            description=checks.text("description", self.description),
            language=checks.language(self.language) or "en",
            gender=checks.gender(self.gender or None),
            tagline=checks.tagline(self.tagline),
            transcript=checks.text("transcript", self.transcript) or None,
            # a clone for stability sounds like a studio's recording, whatever the clip
            enhance=self.mode == "stability" if enhance is None else enhance,
            consent=bool(checks.flag("consent", self.consent)),
            base_voice_id=self.base_voice_id.strip() or None,
            accent=checks.accent(self.accent),
            is_public=bool(checks.flag("is_public", self.is_public)),
        )


class EmbedForm(Struct, kw_only=True):
    """The text parts of `POST /voices/clone/clip`; the part `clip` is the recording."""

    enhance: str = ""
    mode: str = ""
    consent: str = ""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> EmbedForm:
        """The parts that are known; others do no harm."""
        known = {name: texts[name] for name in cls.__struct_fields__ if name in texts}
        return cls(**known)

    def enhances(self) -> bool:
        """Whether noise is to be taken out first.

        Raises:
            InvalidRequest: it is neither true nor false.
        """
        return bool(checks.flag("enhance", self.enhance))

    def consents(self) -> bool:
        """Whether the speaker's consent is declared.

        Raises:
            InvalidRequest: it is neither true nor false.
        """
        return bool(checks.flag("consent", self.consent))


class ImportForm(Struct, kw_only=True):
    """The text parts of `POST /voices/import`; the part `parcel` is what `/voices/{id}/export` gave."""

    anew: str = ""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> ImportForm:
        """The parts that are known; others do no harm."""
        return cls(anew=texts.get("anew", ""))

    def is_anew(self) -> bool:
        """Whether the voice is to have an id of its own.

        Raises:
            InvalidRequest: it is neither true nor false.
        """
        return bool(checks.flag("anew", self.anew))
