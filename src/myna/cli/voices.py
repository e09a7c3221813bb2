"""`myna voices`: the voices of this machine or of a server, as a table, a card or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from myna.cli import terminal
from myna.providers.local import catalogue
from myna.speech.errors import UsageError, VoiceNotFound
from myna.speech.languages import WIRE_LANGUAGES, normalize_tag, primary, same_language
from myna.speech.voices import Voice, fold

if TYPE_CHECKING:
    from myna.cli.servers import Server

GENDERS = {"feminine": "♀", "masculine": "♂", "gender_neutral": "⚥"}
WIDE = 110
"""Columns of a terminal in which ids are shown."""
_GENDER_WORDS = {
    "f": "feminine", "female": "feminine", "feminine": "feminine", "woman": "feminine",
    "m": "masculine", "male": "masculine", "masculine": "masculine", "man": "masculine",
    "n": "gender_neutral", "neutral": "gender_neutral", "gender_neutral": "gender_neutral",
}  # fmt: skip
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


@dataclass(frozen=True, slots=True)
class Entry:
    """A voice as it is listed; `pitch_hz` and `engines` are empty for a server's."""

    id: str
    name: str
    language: str
    gender: str | None
    tagline: str
    description: str
    created_at: str
    pitch_hz: float | None = None
    engines: tuple[str, ...] = ()
    aliases: tuple[str, ...] = field(default=(), repr=False)


def of(server: Server) -> list[Entry]:
    """All voices of a server, or of this machine."""
    if server.is_here:
        return [_of_catalogue(voice) for voice in catalogue.voices()]
    with server.client() as client:
        return [_of_server(voice) for voice in client.voices.list(limit=100)]


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


def picked(entries: Callable[[], Sequence[Entry]], wanted: str | None, language: str | None) -> str:
    """The id of the voice to speak with: the one wanted, else one that speaks the language natively."""
    if wanted is not None and _UUID.fullmatch(wanted.strip()):
        return wanted.strip().lower()
    everyone = entries()
    if wanted is not None:
        return found(everyone, wanted).id
    tag = normalize_tag(language) if language else "en"
    near = [entry for entry in everyone if same_language(entry.language, tag)]
    exact = [entry for entry in near if entry.language == tag]
    for entry in (*exact, *near, *everyone):
        return entry.id
    raise VoiceNotFound("The server has no voices; make one first, or give an id with --voice.")


def print_table(entries: Sequence[Entry]) -> None:
    """A table for people; one line of tab-separated fields per voice where nobody looks at a terminal."""
    console = terminal.output()
    if not console.is_terminal:
        for entry in entries:
            print("\t".join((entry.name, entry.language, entry.gender or "", entry.tagline, entry.id)))
        return
    from rich.table import Table

    wide = console.width >= WIDE
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Name", style="bold cyan", no_wrap=True)
    table.add_column("Language", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("Pitch", justify="right", no_wrap=True, style="dim")
    table.add_column("Sounds", overflow="ellipsis", no_wrap=True)
    if wide:
        table.add_column("Id", style="dim", no_wrap=True)
    for entry in entries:
        pitch = f"{entry.pitch_hz:.0f} Hz" if entry.pitch_hz else ""
        cells = (entry.name, _language_label(entry.language), GENDERS.get(entry.gender or "", ""), pitch)
        table.add_row(*cells, entry.tagline or entry.description, *((entry.id,) if wide else ()))
    console.print(table)
    languages = len({primary(entry.language) for entry in entries})
    console.print(f"\n[dim]{_count(len(entries), 'voice')}, {_count(languages, 'language')}[/]")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def print_card(entry: Entry) -> None:
    """All about one voice."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    rows = {
        "name": f"[bold cyan]{entry.name}[/]",
        "": entry.description,
        "language": _language_label(entry.language),
        "gender": (entry.gender or "").replace("_", " "),
        "pitch": f"{entry.pitch_hz:.0f} Hz" if entry.pitch_hz else "",
        "engines": ", ".join(entry.engines),
        "id": entry.id,
        "also known as": "\n".join(entry.aliases),
        "try it": f'myna say --voice {entry.name} "Hello!" --play',
    }
    for label, value in rows.items():
        if value:
            table.add_row(label, value)
    terminal.output().print(table)


def print_json(value: Entry | Sequence[Entry]) -> None:
    """One voice as a JSON object, several as an array."""
    plain = asdict(value) if isinstance(value, Entry) else [asdict(entry) for entry in value]
    print(json.dumps(plain, ensure_ascii=False, indent=2))


def _of_catalogue(voice: Voice) -> Entry:
    return Entry(
        id=voice.id,
        name=voice.name,
        language=voice.language,
        gender=voice.gender,
        tagline=voice.tagline,
        description=voice.description,
        created_at=voice.created_at.isoformat().replace("+00:00", "Z"),
        pitch_hz=voice.timbre.pitch_hz,
        engines=("flite", "espeak") if voice.timbre.flite_base else ("espeak",),
        aliases=voice.aliases,
    )


def _of_server(voice: Any) -> Entry:
    return Entry(
        id=voice.id,
        name=voice.name,
        language=_native_locale(voice),
        gender=getattr(voice, "gender", None),
        tagline=getattr(voice, "tagline", None) or "",
        description=voice.description or "",
        created_at=str(voice.created_at),
    )


def _native_locale(voice: Any) -> str:
    """The tag with a region where the server tells it, else the language."""
    for locale in getattr(voice, "locales", None) or ():
        if getattr(locale, "is_native", False):
            return str(locale.locale)
    return voice.language or ""


def _haystack(entry: Entry) -> str:
    parts = (entry.name, entry.tagline, entry.description, _language_label(entry.language), entry.id)
    return fold(" ".join(parts))


def _language_label(tag: str) -> str:
    name = WIRE_LANGUAGES.get(_wire_code(tag))
    return f"{name} ({tag})" if name else tag


def _wire_code(tag: str) -> str:
    code = tag.partition("-")[0].lower()
    return {"nb": "no", "nn": "no", "fil": "tl"}.get(code, code)


def language_named(language: str) -> str:
    """The tag of a language given by its English name; a tag stays what it is."""
    names = {name.lower(): code for code, name in WIRE_LANGUAGES.items()}
    return names.get(language.strip().lower(), language)
