"""Voices as each version shows them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec import UNSET, Struct, UnsetType

from myna.speech import accents
from myna.speech.access import LOCAL, Caller
from myna.speech.languages import primary
from myna.speech.pages import Page
from myna.speech.voices import Voice

OLDEST = "2024-06-10"
MOST_TAGLINE = 32
"""Most characters of a tagline."""

_WIRE_CODES = {"nb": "no"}


class VoiceLocale(Struct, kw_only=True):
    """A locale that a voice speaks."""

    locale: str
    is_native: bool


class VoiceObject(Struct, kw_only=True):
    """A voice with the fields of every version; what was not asked for is left out."""

    id: str
    name: str
    description: str
    created_at: str
    language: str
    user_id: str | None = None
    is_public: bool = True
    is_owner: bool = False
    gender: str | None = None
    access: str = "public"
    visibility: str = "all"
    tagline: str = ""
    locales: list[VoiceLocale] = []
    accent: str | UnsetType = UNSET
    country: str | UnsetType = UNSET
    embedding: list[float] | UnsetType = UNSET
    is_starred: bool | UnsetType = UNSET
    preview_file_url: str | UnsetType = UNSET


class VoiceMetadata(Struct, kw_only=True):
    """A voice that was just made, with the fields of every version."""

    id: str
    user_id: str
    is_public: bool
    access: str
    visibility: str
    name: str
    tagline: str
    description: str
    created_at: str
    language: str


class VoicePage(Struct, kw_only=True):
    """A page of `GET /voices` since 2024-11-13; `next_page` is the id to go on after."""

    data: list[VoiceObject]
    has_more: bool
    next_page: str | None


class EmbeddingObject(Struct, kw_only=True):
    """The embedding of a clip or of a mix."""

    embedding: list[float]


def embeds(version: str) -> bool:
    """Whether one voice comes with its embedding unasked: that version's clients cannot ask for it."""
    return version <= "2024-11-13"


@dataclass(frozen=True, slots=True)
class VoiceView:
    """How one caller of one version sees voices.

    Attributes:
        version: of the API.
        caller: who sees them.
        expand: names of the fields that were asked for besides.
        base_url: of this API, for the addresses of previews.
    """

    version: str
    caller: Caller = LOCAL
    expand: Collection[str] = ()
    base_url: str = ""

    def one(self, voice: Voice, *, id: str | None = None) -> VoiceObject:
        """A voice that is shown alone; `id` is the alias that it was asked for by."""
        return self._object(voice, id or voice.id, embeds(self.version) or "embedding" in self.expand)

    def listed(self, voice: Voice) -> VoiceObject:
        """A voice among others."""
        return self._object(voice, voice.id, self.version == OLDEST or "embedding" in self.expand)

    def made(self, voice: Voice) -> VoiceObject | VoiceMetadata:
        """A voice that was made of a clip or of another voice."""
        if self.version == OLDEST:
            return self.one(voice)
        return VoiceMetadata(
            id=voice.id,
            user_id=voice.owner or "",
            is_public=voice.is_public,
            access="public" if voice.is_public else "private",
            visibility="all" if voice.is_public else "owner",
            name=voice.name,
            tagline=voice.tagline[:MOST_TAGLINE],
            description=voice.description,
            created_at=wire_time(voice.created_at),
            language=_language(voice),
        )

    def page(self, page: Page[Voice]) -> VoicePage:
        """A page of voices."""
        data = [self.listed(voice) for voice in page.items]
        return VoicePage(
            data=data, has_more=page.has_more, next_page=data[-1].id if data and page.has_more else None
        )

    def _object(self, voice: Voice, id: str, embedded: bool) -> VoiceObject:
        locales = _locales(voice)
        return VoiceObject(
            id=id,
            name=voice.name,
            description=voice.description,
            created_at=wire_time(voice.created_at),
            language=_language(voice),
            user_id=voice.owner,
            is_public=voice.is_public,
            is_owner=voice.owner is not None and voice.owner == self.caller.owner,
            gender=voice.gender,
            access="public" if voice.is_public else "private",
            visibility="all" if voice.is_public else "owner",
            tagline=voice.tagline[:MOST_TAGLINE],
            locales=locales,
            accent=voice.accent or UNSET,
            country=_region(locales[0].locale) or UNSET,
            embedding=list(voice.embedding) if embedded else UNSET,
            is_starred=False if "is_starred" in self.expand else UNSET,
            preview_file_url=(
                f"{self.base_url}/voices/{voice.id}/preview" if "preview_file_url" in self.expand else UNSET
            ),
        )


def wire_time(moment: datetime) -> str:
    """A time as the wire writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _language(voice: Voice) -> str:
    code = primary(voice.language)
    return _WIRE_CODES.get(code, code)


def _region(tag: str) -> str | None:
    return next((part for part in tag.split("-")[1:] if len(part) == 2 and part.isupper()), None)


def _locales(voice: Voice) -> list[VoiceLocale]:
    """The native one first, then those of the accents, each once."""
    native = _locale(voice.accent) or voice.language
    others = dict.fromkeys(locale for id in voice.accents if (locale := _locale(id)) not in (None, native))
    return [
        VoiceLocale(locale=native, is_native=True),
        *(VoiceLocale(locale=locale, is_native=False) for locale in others if locale),
    ]


def _locale(accent: str | None) -> str | None:
    return next((each.locale for each in accents.accents() if each.id == accent), None)
