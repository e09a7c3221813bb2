"""What forms of audio share: the output format as text parts with names in brackets."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from myna.speech.errors import UnsupportedFormat
from myna.speech.formats import OutputFormat
from myna.wire.cartesia.messages import RawFormat
from myna.wire.cartesia.requests import output_format

_LONGEST_NUMBER = 9


class FormatParts(Struct, kw_only=True):
    """The text parts that say in which format audio is wanted."""

    container: str = field(name="output_format[container]")
    sample_rate: int = field(name="output_format[sample_rate]")
    encoding: str | None = field(default=None, name="output_format[encoding]")
    bit_rate: int | None = field(default=None, name="output_format[bit_rate]")


def format_of(texts: Mapping[str, str]) -> OutputFormat:
    """The format that the parts of a form ask for; unknown parts do no harm.

    Args:
        texts: values by name of the part.

    Raises:
        InvalidRequest: none is asked for.
        UnsupportedFormat: a part is missing, does not exist or does not go with the container.
    """
    given = {name: texts.get(f"output_format[{name}]", "").strip() for name in RawFormat.__struct_fields__}
    if not any(given.values()):
        return output_format(None, "bytes")
    for name, advice in (("container", "raw, wav or mp3"), ("sample_rate", "samples per second")):
        if not given[name]:
            raise UnsupportedFormat(f"output_format[{name}] is missing; send {advice}.")
    format = RawFormat(
        container=given["container"],
        sample_rate=_number("sample_rate", given["sample_rate"]) or 0,
        encoding=given["encoding"] or None,
        bit_rate=None if given["container"] != "mp3" else _number("bit_rate", given["bit_rate"]),
    )
    return output_format(format, "bytes")


def _number(name: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise UnsupportedFormat(f"output_format[{name}] cannot be {text[:40]!r}; send a whole number.")
    return int(text)
