"""What forms of audio share: objects whose fields are parts, as in `output_format[container]`."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from myna.speech.errors import InvalidRequest, UnsupportedFormat
from myna.speech.formats import OutputFormat
from myna.speech.voices import EMBEDDING_SIZE, VoiceChoice
from myna.wire.cartesia.messages import RawFormat
from myna.wire.cartesia.requests import output_format

Parts = Iterable[tuple[str, str]]
"""Names and values of the text parts of a form, in order."""

_NOTHING = ("", "null")
"""Values of fields that are left out, as clients send them."""
_WHOLE = re.compile(r"[0-9]{1,9}(\.0*)?\Z")
_STEP = re.compile(r"\[([^\[\]]*)\]|\.([^\[\].]+)")


class FormatParts(Struct, kw_only=True):
    """The text parts that say in which format audio is wanted."""

    container: str = field(name="output_format[container]")
    sample_rate: int = field(name="output_format[sample_rate]")
    encoding: str | None = field(default=None, name="output_format[encoding]")
    bit_rate: int | None = field(default=None, name="output_format[bit_rate]")


def fields_of(parts: Parts, name: str) -> dict[str, list[str]]:
    """What a form says of one object: the values of each field, in order.

    A field is a part `name[field]`, `name.field` or `name_field`, or of JSON in a part `name`. Deeper ones
    are put together with a dot; of lists, only the values count. A part `name` that is no JSON object is the
    field without a name.

    Raises:
        InvalidRequest: the JSON in the part `name` cannot be read.

    Example:
        >>> fields_of([("voice[id]", "ada"), ("voice[mood][]", "sad")], "voice")
        {'id': ['ada'], 'mood': ['sad']}
    """
    fields: dict[str, list[str]] = {}
    for part, given in parts:
        value = given.strip()
        if value in _NOTHING or not part.startswith(name):
            continue
        if part == name and value[0] in "{[":
            pairs = _leaves(_decoded(name, value))
        else:
            where = _place(part[len(name) :])
            pairs = iter(()) if where is None else _values(where, value)
        for place, text in pairs:
            fields.setdefault(place, []).append(text)
    return fields


def format_of(parts: Parts) -> OutputFormat:
    """The format that the parts of a form ask for; unknown parts do no harm.

    Raises:
        InvalidRequest: none is asked for.
        UnsupportedFormat: a part is missing, does not exist or does not go with the container.
    """
    given = {name: values[-1] for name, values in fields_of(parts, "output_format").items()}
    if not given:
        return output_format(None, "bytes")
    for name, advice in (("container", "raw, wav or mp3"), ("sample_rate", "samples per second")):
        if name not in given:
            raise UnsupportedFormat(f"output_format[{name}] is missing; send {advice}.")
    wanted = RawFormat(
        container=given["container"],
        sample_rate=_number("sample_rate", given) or 0,
        encoding=given.get("encoding"),
        bit_rate=None if given["container"] != "mp3" else _number("bit_rate", given),
    )
    return output_format(wanted, "bytes")


def voice_of(parts: Parts) -> VoiceChoice:
    """The `voice` of a form: an id, or an embedding, as parts or as JSON.

    Raises:
        InvalidRequest: there is neither, or the embedding is none.
    """
    fields = fields_of(parts, "voice")
    for name in ("id", ""):
        if name in fields:
            return VoiceChoice(id=fields[name][-1])
    if "embedding" not in fields:
        raise InvalidRequest("voice[id] is missing; give the id of a voice, see GET /voices.")
    return VoiceChoice(embedding=embedding_of(fields["embedding"]))


def embedding_of(texts: Iterable[str]) -> tuple[float, ...]:
    """The numbers of an embedding.

    Raises:
        InvalidRequest: they are none, or not as many as there must be.
    """
    try:
        numbers = tuple(float(text) for text in texts)
    except ValueError:
        raise InvalidRequest("voice[embedding] holds something that is no number; send numbers.") from None
    if len(numbers) != EMBEDDING_SIZE or not all(map(math.isfinite, numbers)):
        raise InvalidRequest(
            f"voice[embedding] has {len(numbers)} numbers; it must have {EMBEDDING_SIZE}, all of them finite."
        )
    return numbers


def _place(rest: str) -> str | None:
    """The field that the rest of a part's name leads to; None where it leads to none."""
    if rest.startswith("_"):
        rest = f".{rest[1:]}"
    steps, at = [], 0
    while at < len(rest):
        step = _STEP.match(rest, at)
        if step is None:
            return None
        steps.append(step[1] if step[1] is not None else step[2])
        at = step.end()
    return ".".join(step for step in steps if step and not step.isdecimal())


def _values(place: str, value: str) -> Iterator[tuple[str, str]]:
    """A value, or those of a list in JSON."""
    if value[0] == "[":
        yield from ((place, text) for _, text in _leaves(_decoded(place, value)))
    else:
        yield place, value


def _leaves(value: Any, place: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, place)
    elif value is not None:
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        if text.strip() not in _NOTHING:
            yield place, text.strip()


def _decoded(name: str, value: str) -> Any:
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise InvalidRequest(f"{name} is no JSON that can be read; send {name}[…] as parts.") from None


def _number(name: str, given: Mapping[str, str]) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    if not _WHOLE.match(text):
        raise UnsupportedFormat(f"output_format[{name}] cannot be {text[:40]!r}; send a whole number.")
    return int(float(text))
