"""Voices as the wire shows them, and the pages they come in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC

from msgspec import UNSET, Struct, UnsetType

from myna.speech.errors import InvalidRequest
from myna.speech.voices import Voice

OLDEST = "2024-06-10"
DEFAULT_LIMIT, MAX_LIMIT = 10, 100
GENDERS = ("masculine", "feminine", "gender_neutral")


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
    country: str | UnsetType = UNSET
    embedding: list[float] | UnsetType = UNSET
    is_starred: bool | UnsetType = UNSET
    preview_file_url: str | UnsetType | None = UNSET


class VoicePage(Struct, kw_only=True):
    """A page of `GET /voices` since 2024-11-13; `next_page` is the id to go on after."""

    data: list[VoiceObject]
    has_more: bool
    next_page: str | None


def embeds(version: str) -> bool:
    """Whether one voice comes with its embedding unasked: that version's clients cannot ask for it."""
    return version <= "2024-11-13"


def voice_object(
    voice: Voice, version: str, *, expand: Collection[str] = (), id: str | None = None
) -> VoiceObject:
    """How `version` shows a voice; `id` is the alias it was asked for by."""
    language, _, region = voice.language.partition("-")
    shown = VoiceObject(
        id=id or voice.id,
        name=voice.name,
        description=voice.description,
        created_at=voice.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        language=language,
        is_public=voice.is_public,
        gender=voice.gender,
        access="public" if voice.is_public else "private",
        visibility="all" if voice.is_public else "owner",
        tagline=voice.tagline[:32],
        locales=[VoiceLocale(locale=voice.language, is_native=True)],
    )
    if len(region) == 2:
        shown.country = region.upper()
    if version == OLDEST or "embedding" in expand:
        shown.embedding = list(voice.embedding)
    if "is_starred" in expand:
        shown.is_starred = False
    if "preview_file_url" in expand:
        shown.preview_file_url = None
    return shown


@dataclass(frozen=True, slots=True)
class VoiceQuery:
    """The query of `GET /voices`."""

    limit: int = DEFAULT_LIMIT
    starting_after: str | None = None
    ending_before: str | None = None
    is_owner: bool | None = None
    is_starred: bool | None = None
    gender: str | None = None
    q: str = ""

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> VoiceQuery:
        """Read the query; a limit outside 1 to 100 is taken as the nearer of these.

        Raises:
            InvalidRequest: a value of the wrong kind, or both cursors.
        """
        after, before = query.get("starting_after") or None, query.get("ending_before") or None
        if after and before:
            raise InvalidRequest("starting_after and ending_before exclude each other; give one of them.")
        gender = query.get("gender")
        if gender is not None and gender not in GENDERS:
            raise InvalidRequest(f"gender cannot be {gender[:40]!r}; use one of {', '.join(GENDERS)}.")
        return cls(
            limit=_limit(query.get("limit")),
            starting_after=after,
            ending_before=before,
            is_owner=_flag("is_owner", query),
            is_starred=_flag("is_starred", query),
            gender=gender,
            q=query.get("q", "").strip().casefold(),
        )

    def page(self, voices: Sequence[Voice], show: Callable[[Voice], VoiceObject]) -> VoicePage:
        """The part of the voices (newest first) that was asked for; an unknown cursor gives none."""
        found = [voice for voice in voices if self._matches(voice)]
        start, end = self._span(found, voices)
        has_more = start > 0 if self.ending_before else end < len(found)
        data = [show(voice) for voice in found[start:end]]
        return VoicePage(data=data, has_more=has_more, next_page=data[-1].id if data and has_more else None)

    def _span(self, found: Sequence[Voice], voices: Sequence[Voice]) -> tuple[int, int]:
        cursor = self.starting_after or self.ending_before
        if cursor is None:
            return 0, min(self.limit, len(found))
        order = {voice.id: place for place, voice in enumerate(voices)}
        if cursor not in order:
            return 0, 0
        places = [order[voice.id] for voice in found]
        if self.starting_after:
            start = sum(place <= order[cursor] for place in places)
            return start, min(start + self.limit, len(found))
        end = sum(place < order[cursor] for place in places)
        return max(end - self.limit, 0), end

    def _matches(self, voice: Voice) -> bool:
        if self.is_owner or self.is_starred:
            return False
        if self.gender is not None and voice.gender != self.gender:
            return False
        return self.q in f"{voice.name}\n{voice.description}\n{voice.id}".casefold()


def _limit(value: str | None) -> int:
    if value is None:
        return DEFAULT_LIMIT
    try:
        number = int(value)
    except ValueError:
        raise InvalidRequest(
            f"limit cannot be {value[:40]!r}; give a number from 1 to {MAX_LIMIT}."
        ) from None
    return min(max(number, 1), MAX_LIMIT)


def _flag(name: str, query: Mapping[str, str]) -> bool | None:
    value = query.get(name)
    if value is None:
        return None
    if value.lower() not in ("true", "false"):
        raise InvalidRequest(f"{name} cannot be {value[:40]!r}; use true or false.")
    return value.lower() == "true"
