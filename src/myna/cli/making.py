"""Voices that are made, changed and forgotten from the terminal."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from myna.cli import terminal, voices
from myna.cli.files import STANDARD_OUTPUT
from myna.speech.errors import UsageError
from myna.speech.languages import normalize_tag
from myna.speech.voices import EMBEDDING_SIZE

if TYPE_CHECKING:
    from myna.cli.servers import Server
    from myna.cli.voices import Entry

STANDARD_INPUT = STANDARD_OUTPUT
"""`-`, on the side of input."""


def clone(
    server: Server,
    clip: Path,
    name: str,
    *,
    language: str | None = None,
    base: str | None = None,
    **told: Any,
) -> Entry:
    """Make a voice that sounds like a recording.

    Args:
        server: who makes it.
        clip: the recording; `-` is standard input.
        name: what to call it.
        language: tag or English name; None for what the server takes.
        base: voice to start from; None for the nearest.
        told: `enhance`, `consent`, `transcript`, `accent` and `description`; None where not given.

    Raises:
        UsageError: there is no such file.
        MynaError: no voice can be made of it.
    """
    _check_name(name)
    content = _clip(clip)
    fields = {field: value for field, value in told.items() if value is not None}
    if language is not None:
        fields["language"] = _tag(language)
    if base is not None:
        fields["base_voice_id"] = voices.find(server, base).id
    with terminal.working(f"Listening to {clip.name}"), server.client() as client:
        made = client.voices.clone(content, name=name, **fields)
    return voices.find(server, made.id)


def embed(server: Server, clip: Path, *, enhance: bool, consent: bool) -> list[float]:
    """The embedding of whoever speaks in a recording.

    Raises:
        UsageError: there is no such file.
        MynaError: it cannot be measured.
    """
    content = _clip(clip)
    with terminal.working(f"Listening to {clip.name}"), server.client() as client:
        return list(client.voices.embed(content, enhance=enhance, consent=consent).embedding)


def create(
    server: Server, file: Path, name: str | None, *, description: str | None, language: str | None
) -> Entry:
    """Make a voice of an embedding in a JSON file: a list of numbers, or an object with `embedding`.

    What is not given is taken from the object.

    Raises:
        UsageError: the file holds something else, or neither it nor the caller gives a name.
    """
    told = _embedding(file)
    chosen = {"name": name, "description": description, "language": language and _tag(language)}
    told |= {field: value for field, value in chosen.items() if value is not None}
    if not told.get("name"):
        raise UsageError("The voice has no name; give one with --name.")
    _check_name(told["name"])
    with terminal.working("Making the voice"), server.client() as client:
        made = client.voices.create(
            told["name"], told.get("description") or "", told["embedding"], told.get("language") or "en"
        )
    return voices.find(server, made.id)


def mix(
    server: Server, parts: Sequence[str], name: str, *, description: str | None, language: str | None
) -> Entry:
    """Make a voice between others.

    Args:
        server: who makes it.
        parts: `VOICE=WEIGHT` each; a voice without a weight has 1.
        name: what to call it.
        description: a sentence about it; None says what was mixed.
        language: that it speaks; None for that of the heaviest part.

    Raises:
        UsageError: a weight is not a positive number.
        VoiceNotFound: there is no such voice.
    """
    _check_name(name)
    weighed = [_part(part) for part in parts]
    found = [(voices.find(server, voice), weight) for voice, weight in weighed]
    total = sum(weight for _, weight in found)
    heaviest = max(found, key=lambda part: part[1])[0]
    if description is None:
        shares = (f"{entry.name} ({weight / total:.0%})" for entry, weight in found)
        description = f"A mix of {', '.join(shares)}."
    spoken = _tag(language) if language else heaviest.language
    with terminal.working("Mixing"), server.client() as client:
        mixed = client.voices.mix([{"id": entry.id, "weight": weight} for entry, weight in found])
        made = client.voices.create(name, description, mixed.embedding, spoken)
    return voices.find(server, made.id)


def localize(server: Server, voice: str, name: str, **told: Any) -> Entry:
    """Make a voice with the timbre of another that speaks another language or accent.

    Args:
        server: who makes it.
        voice: name or id of the one to start from.
        name: what to call the new one.
        told: `language`, `accent`, `dialect` and `description`; None where not given.

    Raises:
        UsageError: neither language nor accent is given.
        VoiceNotFound: there is no such voice.
    """
    _check_name(name)
    fields = {field: value for field, value in told.items() if value is not None}
    if not fields.keys() & {"language", "accent"}:
        raise UsageError("Say what the voice is to speak: give --language or --accent.")
    if "language" in fields:
        fields["language"] = _tag(fields["language"])
    source = voices.find(server, voice)
    with terminal.working("Making the voice"), server.client() as client:
        made = client.voices.localize(voice_id=source.id, name=name, **fields)
    return voices.find(server, made.id)


def delete(server: Server, wanted: Sequence[str], *, sure: bool) -> list[Entry]:
    """Forget voices, after asking whether that is meant.

    Raises:
        UsageError: nobody can be asked, or a name stands for several voices.
        VoiceNotFound: there is no such voice; none is forgotten then.
        PermissionDenied: it is somebody else's, or built in.
    """
    doomed = list({entry.id: entry for entry in (voices.find_own(server, each) for each in wanted)}.values())
    if not sure:
        _ask(doomed)
    with server.client() as client:
        for done, entry in enumerate(doomed):
            try:
                client.voices.delete(entry.id)
            except Exception:
                if done:
                    terminal.warn(f"Deleted before: {', '.join(each.name for each in doomed[:done])}.")
                raise
    return doomed


def _ask(doomed: Sequence[Entry]) -> None:
    import typer

    if not (terminal.interactive() and sys.stdin.isatty()):
        raise UsageError("Deleting cannot be undone; say --yes if it is meant.")
    names = ", ".join(f"{entry.name} ({entry.id})" for entry in doomed)
    typer.confirm(f"Delete {names} for good?", abort=True, err=True)


def _clip(file: Path) -> Any:
    if file == STANDARD_INPUT:
        return "standard input", sys.stdin.buffer.read()
    if not file.is_file():
        reason = "is not a file" if file.exists() else "does not exist"
        raise UsageError(f"{file} {reason}; give a recording.")
    return file


def _embedding(file: Path) -> dict[str, Any]:
    try:
        told = json.loads(sys.stdin.buffer.read() if file == STANDARD_INPUT else file.read_bytes())
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}; give another file.") from None
    except ValueError:
        raise UsageError(f"{file} is not JSON; give a list of {EMBEDDING_SIZE} numbers.") from None
    fields = told if isinstance(told, dict) else {"embedding": told}
    numbers = fields.get("embedding")
    if not isinstance(numbers, list) or not all(_is_number(number) for number in numbers):
        raise UsageError(f"{file} holds no embedding; give a list of {EMBEDDING_SIZE} numbers.")
    if len(numbers) != EMBEDDING_SIZE:
        raise UsageError(
            f"The embedding in {file} has {len(numbers)} numbers; it must have {EMBEDDING_SIZE}."
        )
    texts = {
        name: fields[name]
        for name in ("name", "description", "language")
        if isinstance(fields.get(name), str)
    }
    return {**texts, "embedding": numbers}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _part(text: str) -> tuple[str, float]:
    voice, equals, weight = text.rpartition("=")
    if not equals:
        return text, 1.0
    try:
        number = float(weight)
    except ValueError:
        number = math.nan
    if not (0 < number < math.inf and voice):
        raise UsageError(f"{text!r} is not VOICE=WEIGHT with a weight above 0; write, say, Wren=0.6.")
    return voice, number


def _tag(language: str) -> str:
    return normalize_tag(voices.language_named(language))


def _check_name(name: str) -> None:
    if not name.strip():
        raise UsageError("The name is empty; give the voice a name with --name.")
