"""The query of the socket that changes a voice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from myna.speech.changing import ChangeRequest
from myna.speech.errors import InvalidRequest, UnsupportedFormat
from myna.speech.formats import ENCODINGS, SAMPLE_RATES, Encoding, OutputFormat
from myna.speech.listening import HIGHEST_RATE, INPUT_ENCODINGS, LOWEST_RATE, InputFormat
from myna.speech.voices import VoiceChoice
from myna.wire.cartesia.queries import Parameter
from myna.wire.cartesia.transcriptions import input_format

MESSAGES, BINARY = "messages", "binary"
"""Ways in which audio is given back."""
DEFAULT_ENCODING: Encoding = "pcm_s16le"
"""Encoding of what is given back, where that of the input is none that can be sent."""

CHANGING_QUERY = (
    Parameter("voice", {"type": "string", "minLength": 1}),
    Parameter("encoding", {"enum": list(INPUT_ENCODINGS)}),
    Parameter("sample_rate", {"type": "integer", "minimum": LOWEST_RATE, "maximum": HIGHEST_RATE}),
    Parameter("output_encoding", {"enum": list(ENCODINGS)}),
    Parameter("output_sample_rate", {"enum": list(SAMPLE_RATES)}),
    Parameter("output", {"enum": [MESSAGES, BINARY], "default": MESSAGES}),
)


@dataclass(frozen=True, slots=True)
class ChangingQuery:
    """What a client asks for.

    Attributes:
        request: whose voice, and what comes in.
        output: what goes back.
        binary: whether that goes in binary frames instead of messages.
    """

    request: ChangeRequest
    output: OutputFormat
    binary: bool

    @classmethod
    def parse(cls, query: Iterable[tuple[str, str]]) -> ChangingQuery:
        """Read the query's names and values; empty values count as left out.

        Raises:
            InvalidRequest: something is missing or of the wrong kind.
            UnsupportedFormat: no such encoding or rate.
        """
        values = {name: value.strip() for name, value in query if value.strip()}
        for name in ("voice", "encoding", "sample_rate"):
            if name not in values:
                raise InvalidRequest(f"{name} is missing; give it in the query of the address.")
        format = cast(InputFormat, input_format(values))
        way = values.get("output", MESSAGES)
        if way not in (MESSAGES, BINARY):
            raise InvalidRequest(f"output cannot be {way[:40]!r}; use {MESSAGES} or {BINARY}.")
        output = OutputFormat("raw", _encoding(values, format), _rate(values, format))
        return cls(ChangeRequest(VoiceChoice(id=values["voice"]), format), output, way == BINARY)


def _encoding(values: dict[str, str], format: InputFormat) -> Encoding:
    given = values.get("output_encoding")
    if given is None:
        return cast(Encoding, format.encoding) if format.encoding in ENCODINGS else DEFAULT_ENCODING
    if given not in ENCODINGS:
        raise UnsupportedFormat(
            f"output_encoding cannot be {given[:40]!r}; use one of {', '.join(ENCODINGS)}."
        )
    return cast(Encoding, given)


def _rate(values: dict[str, str], format: InputFormat) -> int:
    given = values.get("output_sample_rate")
    if given is None:
        above = [rate for rate in SAMPLE_RATES if rate >= format.sample_rate]
        return above[0] if above else SAMPLE_RATES[-1]
    if given not in map(str, SAMPLE_RATES):
        raise UnsupportedFormat(
            f"output_sample_rate cannot be {given[:40]!r}; use one of {', '.join(map(str, SAMPLE_RATES))}."
        )
    return int(given)
