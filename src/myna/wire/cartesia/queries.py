"""Queries of lists."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from myna.speech.errors import InvalidRequest
from myna.speech.pages import Span
from myna.speech.voices import Gender, VoiceFilter

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
MOST_QUERY = 500
"""Most characters of a search."""
GENDERS = ("masculine", "feminine", "gender_neutral")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a query; `schema` is JSON Schema."""

    name: str
    schema: Mapping[str, Any]


_LIMIT = f"Entries of a page, 1 to {MAX_LIMIT}; another number is taken as the nearer of these."
EXPAND = Parameter("expand[]", {"type": "array", "items": {"type": "string"}})
LINKED = (
    Parameter("link", {"type": "string", "format": "uri"}),
    Parameter("enhance", {"type": "boolean"}),
    Parameter("consent", {"type": "boolean"}),
)
SPAN = (
    Parameter("limit", {"type": "integer", "default": DEFAULT_LIMIT, "description": _LIMIT}),
    Parameter("starting_after", {"type": "string"}),
    Parameter("ending_before", {"type": "string"}),
)
VOICE_LIST = (
    *SPAN,
    Parameter("is_owner", {"type": "boolean"}),
    Parameter("is_starred", {"type": "boolean"}),
    Parameter("gender", {"enum": list(GENDERS)}),
    Parameter("q", {"type": "string", "maxLength": MOST_QUERY}),
    EXPAND,
)


@dataclass(frozen=True, slots=True)
class VoiceQuery:
    """The query of `GET /voices`: which voices, which part of them, and what fields besides."""

    wanted: VoiceFilter
    span: Span
    expand: Collection[str] = ()

    @classmethod
    def parse(cls, query: Iterable[tuple[str, str]]) -> VoiceQuery:
        """Read the query's names and values.

        Raises:
            InvalidRequest: a value of the wrong kind, or both cursors.
        """
        pairs = list(query)
        values = dict(pairs)
        gender = values.get("gender") or None
        if gender is not None and gender not in GENDERS:
            raise InvalidRequest(f"gender cannot be {gender[:40]!r}; use one of {', '.join(GENDERS)}.")
        text = values.get("q", "").strip()
        if len(text) > MOST_QUERY:
            raise InvalidRequest(f"q has {len(text)} characters; search for {MOST_QUERY} at most.")
        return cls(
            wanted=VoiceFilter(
                is_owner=_flag("is_owner", values),
                is_starred=_flag("is_starred", values),
                gender=cast("Gender | None", gender),
                q=text,
            ),
            span=span_of(values),
            expand=expanded(pairs),
        )


def expanded(query: Iterable[tuple[str, str]]) -> frozenset[str]:
    """Names of the fields that a query asks for besides; names that do not exist do no harm."""
    return frozenset(value for name, value in query if name in ("expand[]", "expand"))


def span_of(query: Mapping[str, str]) -> Span:
    """Which part of a list a query asks for; a limit outside 1 to 100 is taken as the nearer of these.

    Raises:
        InvalidRequest: a limit that is no number, or both cursors.
    """
    after, before = query.get("starting_after") or None, query.get("ending_before") or None
    if after and before:
        raise InvalidRequest("starting_after and ending_before exclude each other; give one of them.")
    return Span(_limit(query.get("limit") or None), after, before)


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
    value = query.get(name) or None
    if value is None:
        return None
    if value.lower() not in ("true", "false"):
        raise InvalidRequest(f"{name} cannot be {value[:40]!r}; use true or false.")
    return value.lower() == "true"
