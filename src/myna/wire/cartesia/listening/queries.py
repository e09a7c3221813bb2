"""The query of the sockets that listen."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from myna.speech.errors import InvalidRequest
from myna.speech.listening import (
    HIGHEST_RATE,
    INPUT_ENCODINGS,
    LOWEST_RATE,
    Endpointing,
    InputFormat,
    ListeningRequest,
    Turns,
    check_input,
    check_keyterms,
    check_turns,
)
from myna.wire.cartesia.listening.lifecycle import TURNS
from myna.wire.cartesia.live.lifecycle import Lifecycle
from myna.wire.cartesia.queries import Parameter

DEFAULT_LANGUAGE = "en"
LONGEST_SILENCE = 3600.0
"""Most seconds of silence that can be asked for."""

_FRACTION = {"type": "number", "minimum": 0, "maximum": 1}
COMMON = (
    Parameter("model", {"type": "string"}),
    Parameter("encoding", {"enum": list(INPUT_ENCODINGS)}),
    Parameter("sample_rate", {"type": "integer", "minimum": LOWEST_RATE, "maximum": HIGHEST_RATE}),
    Parameter("language", {"type": "string", "default": DEFAULT_LANGUAGE}),
    Parameter("keyterm", {"type": "array", "items": {"type": "string"}}),
)
MANUAL_QUERY = (
    *COMMON,
    Parameter("min_volume", _FRACTION),
    Parameter("max_silence_duration_secs", {"type": "number", "minimum": 0, "maximum": LONGEST_SILENCE}),
)
TURNS_QUERY = (
    *COMMON,
    Parameter("turn_start_threshold", {"type": "number", "default": 0.8}),
    Parameter("turn_eager_end_threshold", {"type": "number", "default": 0.4}),
    Parameter("turn_end_threshold", {"type": "number", "default": 0.2}),
    Parameter("turn_end_timeout_ms", {"type": "integer", "default": 5600}),
)


def listening_request(query: Iterable[tuple[str, str]], lifecycle: Lifecycle) -> ListeningRequest:
    """What a client asks for with the names and values of its query; empty values count as left out.

    Raises:
        InvalidRequest: something is missing, of the wrong kind or out of its range.
        UnsupportedInput: no such encoding or rate.
    """
    pairs = [(name, value.strip()) for name, value in query if value.strip()]
    values = dict(pairs)
    for name in ("model", "encoding", "sample_rate"):
        if name not in values:
            raise InvalidRequest(f"{name} is missing; give it in the query of the address.")
    terms = tuple(value for name, value in pairs if name in ("keyterm", "keyterm[]"))
    return ListeningRequest(
        format=check_input(InputFormat(values["encoding"], _whole("sample_rate", values["sample_rate"]))),
        endpointing=_turns(values) if lifecycle is TURNS else _endpointing(values),
        model=values["model"],
        language=values.get("language", DEFAULT_LANGUAGE),
        keyterms=check_keyterms(terms),
    )


def _endpointing(values: Mapping[str, str]) -> Endpointing:
    silence = _number("max_silence_duration_secs", values)
    volume = _number("min_volume", values)
    if silence is not None and not 0 <= silence <= LONGEST_SILENCE:
        raise InvalidRequest(
            f"max_silence_duration_secs cannot be {silence:g}; use 0 to {LONGEST_SILENCE:g} seconds."
        )
    if volume is not None and not 0 <= volume <= 1:
        raise InvalidRequest(f"min_volume cannot be {volume:g}; use 0.0 to 1.0.")
    return Endpointing(silence, volume)


def _turns(values: Mapping[str, str]) -> Turns:
    usual = Turns()
    start = _number("turn_start_threshold", values)
    eager_end = _number("turn_eager_end_threshold", values)
    end = _number("turn_end_threshold", values)
    timeout = values.get("turn_end_timeout_ms")
    return check_turns(
        Turns(
            usual.start_threshold if start is None else start,
            usual.eager_end_threshold if eager_end is None else eager_end,
            usual.end_threshold if end is None else end,
            usual.end_timeout_ms if timeout is None else _whole("turn_end_timeout_ms", timeout),
        )
    )


def _number(name: str, values: Mapping[str, str]) -> float | None:
    value = values.get(name)
    if value is None:
        return None
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidRequest(f"{name} cannot be {value[:40]!r}; give a number.")
    return number


def _whole(name: str, value: str) -> int:
    number = _number(name, {name: value}) or 0.0
    if number != int(number):
        raise InvalidRequest(f"{name} cannot be {value[:40]!r}; give a whole number.")
    return int(number)
