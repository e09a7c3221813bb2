"""What the fields of voices may hold. All of these raise `InvalidRequest` with the name of the field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from myna.speech import accents
from myna.speech.errors import InvalidRequest
from myna.speech.languages import WIRE_LANGUAGES, normalize_tag
from myna.speech.voices import EMBEDDING_SIZE, Gender
from myna.wire.cartesia.queries import GENDERS
from myna.wire.cartesia.voices.objects import MOST_TAGLINE

MOST_NAME = 200
"""Most characters of a name."""
MOST_DESCRIPTION = 4000
"""Most characters of a description, and of the transcript of a clip."""
MOST_NUMBER = 1e6
"""Largest number of an embedding, and largest weight."""


def flag(field: str, value: str) -> bool | None:
    """A true or false that was sent as text; None where it is empty."""
    word = value.strip().lower()
    if word in ("", "null", "none"):
        return None
    if word not in ("true", "false", "1", "0"):
        raise InvalidRequest(f"{field} cannot be {value[:40]!r}; use true or false.")
    return word in ("true", "1")


def name(value: str) -> str:
    """A name, which must not be empty."""
    given = value.strip()
    if not given:
        raise InvalidRequest("name is missing; give the voice a name.")
    if len(given) > MOST_NAME:
        raise InvalidRequest(f"name has {len(given)} characters; use {MOST_NAME} at most.")
    return given


def text(field: str, value: str | None) -> str:
    """A description, or another text that may be empty."""
    given = (value or "").strip()
    if len(given) > MOST_DESCRIPTION:
        raise InvalidRequest(f"{field} has {len(given)} characters; use {MOST_DESCRIPTION} at most.")
    return given


def tagline(value: str | None) -> str:
    """A few words."""
    given = (value or "").strip()
    if len(given) > MOST_TAGLINE:
        raise InvalidRequest(f"tagline has {len(given)} characters; use {MOST_TAGLINE} at most.")
    return given


def language(value: str | None) -> str | None:
    """A BCP-47 tag in its usual spelling; None where it is empty."""
    if value is None or not value.strip():
        return None
    try:
        return normalize_tag(value)
    except InvalidRequest:
        raise InvalidRequest(
            f"language cannot be {value[:40]!r}; use a code such as {', '.join([*WIRE_LANGUAGES][:4])}."
        ) from None


def gender(value: str | None) -> Gender | None:
    """A gender, or None."""
    if value is not None and value not in GENDERS:
        raise InvalidRequest(f"gender cannot be {value[:40]!r}; use one of {', '.join(GENDERS)}.")
    return cast("Gender | None", value)


def accent(value: str | None) -> str | None:
    """The id of an accent; None where it is empty."""
    return accents.find(value).id if value else None


def public(is_public: bool | None, access: str | None) -> bool | None:
    """Whether everybody may use the voice, by the newer or the older field; None where neither says it."""
    if access not in (None, "private", "public"):
        raise InvalidRequest(f"access cannot be {access[:40]!r}; use private or public.")
    return is_public if access is None else access == "public"


def embedding(field: str, value: Sequence[float]) -> tuple[float, ...]:
    """An embedding; JSON has no numbers that are not finite."""
    if len(value) != EMBEDDING_SIZE:
        raise InvalidRequest(f"{field} has {len(value)} numbers; it must have {EMBEDDING_SIZE}.")
    if not all(abs(number) <= MOST_NUMBER for number in value):
        raise InvalidRequest(f"{field} has numbers beyond {MOST_NUMBER:g}; send it as it was given.")
    return tuple(value)
