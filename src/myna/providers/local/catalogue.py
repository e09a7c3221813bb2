"""The built-in voices: `voices.toml` as values, found by id, alias, name, language or embedding."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import TypedDict

from myna.speech import embedding
from myna.speech.errors import VoiceNotFound
from myna.speech.languages import normalize_tag, same_language
from myna.speech.voices import Gender, Timbre, Voice, fold


class _TimbreRow(TypedDict, total=False):
    pitch_hz: float
    pitch_range: float
    formant_scale: float
    brightness: float
    rate: float
    flite_base: str
    espeak_variant: str


class _Row(TypedDict):
    id: str
    name: str
    language: str
    gender: Gender
    tagline: str
    description: str
    created_at: datetime
    timbre: _TimbreRow
    aliases: list[str]


@cache
def voices() -> tuple[Voice, ...]:
    """All built-in voices, newest first; the first one is `default`."""
    rows: list[_Row] = tomllib.loads(files(__package__).joinpath("voices.toml").read_text("utf-8"))["voice"]
    made = (_voice(row) for row in rows)
    return tuple(sorted(made, key=lambda voice: (-voice.created_at.timestamp(), voice.id)))


def default() -> Voice:
    """The voice of whoever does not choose."""
    return voices()[0]


def by_id(id: str) -> Voice:
    """The voice with this id or alias, in any letter case.

    Raises:
        VoiceNotFound: there is none.
    """
    found = known(id, names=False)
    if found is None:
        raise not_found(id)
    return found


def find(wanted: str) -> Voice:
    """The voice with this id, alias or name; a name may be written without capitals and accents.

    Raises:
        VoiceNotFound: there is none; the message suggests names that look alike.
    """
    found = known(wanted)
    if found is None:
        raise not_found(wanted)
    return found


def native(language: str, gender: Gender | None = None) -> Voice | None:
    """A voice whose native language is `language` (BCP-47), None where no voice has it.

    The exact tag is preferred, then the language in any region; of several the newest.

    Raises:
        InvalidRequest: `language` is not a language tag.
    """
    tag = normalize_tag(language)
    pool = [voice for voice in voices() if gender in (None, voice.gender)]
    exact = (voice for voice in pool if voice.language == tag)
    regional = (voice for voice in pool if same_language(voice.language, tag))
    return next(exact, None) or next(regional, None)


def known(wanted: str, *, names: bool = True) -> Voice | None:
    """The voice with this id or alias, or this name where `names` count; None where there is none."""
    return _ids().get(wanted.strip().lower()) or (_names().get(fold(wanted)) if names else None)


def described(vector: Sequence[float]) -> Voice | None:
    """The voice whose own embedding this is, but for rounding; None where it is no built-in voice's."""
    return _embeddings().get(embedding.key(vector))


def _voice(row: _Row) -> Voice:
    timbre = Timbre(**row["timbre"])
    return Voice(
        id=row["id"],
        name=row["name"],
        description=row["description"],
        language=row["language"],
        gender=row["gender"],
        timbre=timbre,
        created_at=row["created_at"].astimezone(UTC),
        embedding=_measured()[row["id"]],
        tagline=row["tagline"],
        aliases=tuple(row.get("aliases", ())),
    )


@cache
def _measured() -> dict[str, tuple[float, ...]]:
    """The embedding of each voice by its id, measured in what the engines make of it."""
    lines = files(__package__).joinpath("voices.tsv").read_text("ascii").splitlines()
    return {id: embedding.unpacked(rest) for id, _, rest in (line.partition("\t") for line in lines)}


@cache
def _ids() -> dict[str, Voice]:
    return {id.lower(): voice for voice in voices() for id in (voice.id, *voice.aliases)}


@cache
def _names() -> dict[str, Voice]:
    return {fold(voice.name): voice for voice in voices()}


@cache
def _embeddings() -> dict[tuple[float, ...], Voice]:
    return {voice.embedding: voice for voice in voices()}


def not_found(wanted: str) -> VoiceNotFound:
    """What is said where no voice is called so; suggests built-in names that look alike."""
    names = {fold(voice.name): voice.name for voice in voices()}
    close = [names[name] for name in get_close_matches(fold(wanted[:64]), names, n=2, cutoff=0.7)]
    hint = f"did you mean {' or '.join(close)}?" if close else "list the voices to see which there are."
    return VoiceNotFound(f"There is no voice {wanted[:64]!r}; {hint}")
