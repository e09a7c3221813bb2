"""The voices of this machine or of a server, found and chosen for the commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from difflib import get_close_matches
from itertools import islice
from typing import TYPE_CHECKING, Any

from myna.providers.local import catalogue
from myna.speech.access import LOCAL_OWNER
from myna.speech.errors import NotFound, UsageError, VoiceNotFound
from myna.speech.languages import WIRE_LANGUAGES, normalize_tag, same_language
from myna.speech.voices import Voice, fold

if TYPE_CHECKING:
    from myna.cli.servers import Server
    from myna.library import Library

_GENDER_WORDS = {
    "f": "feminine", "female": "feminine", "feminine": "feminine", "woman": "feminine",
    "m": "masculine", "male": "masculine", "masculine": "masculine", "man": "masculine",
    "n": "gender_neutral", "neutral": "gender_neutral", "gender_neutral": "gender_neutral",
}  # fmt: skip
_LOOKED_AT = 500
"""Voices of a server in whose names another one is looked for."""
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """A voice as it is listed; `pitch_hz` and `engines` are empty for a server's.

    Attributes:
        is_owner: whether it was made by whoever asks.
    """

    id: str
    name: str
    language: str
    gender: str | None
    tagline: str
    description: str
    created_at: str
    is_owner: bool = False
    accent: str | None = None
    pitch_hz: float | None = None
    engines: tuple[str, ...] = ()
    aliases: tuple[str, ...] = field(default=(), repr=False)


def of(server: Server) -> list[Entry]:
    """All voices of a server, or of this machine: one's own first, then by age."""
    if server.is_here:
        with library(server) as kept:
            own = [] if kept is None else [of_voice(voice) for voice in kept.voices.iterate(LOCAL_OWNER)]
        entries = [*own, *map(of_voice, catalogue.voices())]
    else:
        with server.client() as client:
            entries = [of_answer(voice) for voice in client.voices.list(limit=100)]
    return sorted(entries, key=lambda entry: not entry.is_owner)


def own(server: Server) -> list[Entry]:
    """The voices that were made by whoever asks, newest first."""
    if server.is_here:
        return [entry for entry in of(server) if entry.is_owner]
    with server.client() as client:
        return [of_answer(voice) for voice in client.voices.list(limit=100, is_owner=True)]


def find(server: Server, wanted: str) -> Entry:
    """The voice with this id, alias or name; a built-in voice comes before another of its name.

    Raises:
        VoiceNotFound: there is none; the message suggests names that look alike.
    """
    if server.is_here:
        known = catalogue.known(wanted) or _kept(server, wanted.strip())
        return of_voice(known) if known is not None else found(of(server), wanted)
    with server.client() as client:
        try:
            return of_answer(client.voices.get(wanted.strip()))
        except (VoiceNotFound, NotFound):
            pass
        named = client.voices.list(limit=100, q=wanted.strip())
        near = [of_answer(voice) for voice in islice(named, _LOOKED_AT)]
        return found(near, wanted) if near else found(of(server), wanted)


def _kept(server: Server, wanted: str) -> Voice | None:
    """The voice of this machine's library with this id or, of one's own, this name."""
    with library(server) as kept:
        if kept is None:
            return None
        with suppress(VoiceNotFound):
            voice = kept.voices.get(wanted)
            return voice if voice.is_public or voice.owner == LOCAL_OWNER else None
        with suppress(VoiceNotFound):
            return kept.voices.named(wanted, LOCAL_OWNER)
    return None


def find_own(server: Server, wanted: str) -> Entry:
    """One's own voice with this id or name; without one, whatever voice is called so.

    Raises:
        VoiceNotFound: there is none.
        UsageError: several have this name.
    """
    name = fold(wanted)
    mine = own(server)
    called = [entry for entry in mine if entry.id == wanted.strip()]
    called = called or [entry for entry in mine if fold(entry.name) == name]
    if len(called) > 1:
        ids = ", ".join(entry.id for entry in called[:5])
        raise UsageError(f"{len(called)} of your voices are called {wanted[:64]!r}: give an id ({ids}).")
    return called[0] if called else find(server, wanted)


@contextmanager
def library(server: Server) -> Iterator[Library | None]:
    """What is kept on this machine; None where nothing ever was."""
    from myna.library.place import default_data_folder, has_library

    folder = server.data or default_data_folder()
    if not has_library(folder):
        yield None
        return
    from myna.library import Library

    with Library.open(folder) as opened:
        yield opened


def chosen(
    entries: Iterable[Entry], language: str | None, gender: str | None, search: str | None
) -> list[Entry]:
    """The entries that match all of what is given.

    Raises:
        UsageError: there is no such gender.
        InvalidRequest: `language` is not a language tag.
    """
    kept = list(entries)
    if language:
        tag = normalize_tag(language_named(language))
        regional = "-" in tag
        kept = [
            entry
            for entry in kept
            if (entry.language == tag if regional else same_language(entry.language, tag))
        ]
    if gender:
        wanted = _GENDER_WORDS.get(gender.strip().lower())
        if wanted is None:
            raise UsageError(f"There is no gender {gender!r}; choose feminine, masculine or neutral.")
        kept = [entry for entry in kept if entry.gender == wanted]
    if search:
        words = fold(search).split()
        kept = [entry for entry in kept if all(word in _haystack(entry) for word in words)]
    return kept


def found(entries: Sequence[Entry], wanted: str) -> Entry:
    """The entry with this id, alias or name.

    Raises:
        VoiceNotFound: there is none; the message suggests names that look alike.
    """
    name = fold(wanted)
    for entry in entries:
        if wanted.strip().lower() in (entry.id, *entry.aliases) or name == fold(entry.name):
            return entry
    names = {fold(entry.name): entry.name for entry in entries}
    close = [names[name] for name in get_close_matches(name[:64], names, n=2, cutoff=0.7)]
    hint = f"did you mean {' or '.join(close)}?" if close else "`myna voices` lists them."
    raise VoiceNotFound(f"There is no voice {wanted[:64]!r}; {hint}")


def picked(server: Server, wanted: str | None, language: str | None) -> str:
    """The id of the voice to speak with: the one wanted, else one that speaks the language natively."""
    if wanted is not None:
        id = wanted.strip()
        return id.lower() if _UUID.fullmatch(id) else find(server, wanted).id
    if server.is_here:
        everyone = [of_voice(voice) for voice in catalogue.voices()]
    else:
        with server.client() as client:
            listed = [of_answer(voice) for voice in islice(client.voices.list(limit=100), _LOOKED_AT)]
        everyone = sorted(listed, key=lambda entry: entry.is_owner)
    tag = normalize_tag(language) if language else "en"
    near = [entry for entry in everyone if same_language(entry.language, tag)]
    exact = [entry for entry in near if entry.language == tag]
    for entry in (*exact, *near, *everyone):
        return entry.id
    raise VoiceNotFound("The server has no voices; make one first, or give an id with --voice.")


def of_voice(voice: Voice) -> Entry:
    """A voice of this machine."""
    return Entry(
        id=voice.id,
        name=voice.name,
        language=voice.language,
        gender=voice.gender,
        tagline=voice.tagline,
        description=voice.description,
        created_at=_time(voice.created_at),
        is_owner=voice.owner == LOCAL_OWNER,
        accent=voice.accent,
        pitch_hz=voice.timbre.pitch_hz,
        engines=("flite", "espeak") if voice.timbre.flite_base else ("espeak",),
        aliases=voice.aliases,
    )


def of_answer(voice: Any) -> Entry:
    """A voice as a server tells it."""
    return Entry(
        id=voice.id,
        name=voice.name,
        language=_native_locale(voice),
        gender=getattr(voice, "gender", None),
        tagline=getattr(voice, "tagline", None) or "",
        description=voice.description or "",
        created_at=_time(voice.created_at),
        is_owner=bool(getattr(voice, "is_owner", False)),
        accent=getattr(voice, "accent", None),
    )


def _time(value: Any) -> str:
    """A time to the second, as the wire has it; what is not one stays what it is."""
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)


def _native_locale(voice: Any) -> str:
    """The tag with a region where the server tells it, else the language."""
    for locale in getattr(voice, "locales", None) or ():
        if getattr(locale, "is_native", False):
            return str(locale.locale)
    return voice.language or ""


def _haystack(entry: Entry) -> str:
    parts = (entry.name, entry.tagline, entry.description, language_label(entry.language), entry.id)
    return fold(" ".join(parts))


def language_label(tag: str) -> str:
    """A language tag with the name of its language."""
    name = WIRE_LANGUAGES.get(_wire_code(tag))
    return f"{name} ({tag})" if name else tag


def _wire_code(tag: str) -> str:
    code = tag.partition("-")[0].lower()
    return {"nb": "no", "nn": "no", "fil": "tl"}.get(code, code)


def language_named(language: str) -> str:
    """The tag of a language given by its English name; a tag stays what it is."""
    names = {name.lower(): code for code, name in WIRE_LANGUAGES.items()}
    return names.get(language.strip().lower(), language)
