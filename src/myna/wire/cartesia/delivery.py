"""How it is to be said: every generation's way to ask for speed, volume and emotion, as one value."""

from __future__ import annotations

import math

from myna.speech.errors import InvalidRequest
from myna.speech.requests import Delivery
from myna.wire.cartesia.messages import (
    ExperimentalControls,
    GenerationConfig,
    SpeechFields,
    VoiceSpecifier,
)

SPEEDS = {"slow": 0.8, "normal": 1.0, "fast": 1.25}
"""Tempo factors of the request's own `speed`."""

CONTROL_SPEEDS = {"slowest": -1.0, "slow": -0.5, "normal": 0.0, "fast": 0.5, "fastest": 1.0}
"""Named values of `__experimental_controls.speed`, which runs from -1 to 1."""

CONTROL_EMOTIONS = {
    "anger": "angry",
    "positivity": "happy",
    "surprise": "surprised",
    "sadness": "sad",
    "curiosity": "curious",
}
"""Emotions of the first generations under the names of the later ones."""

LEVELS = {"lowest": 0.25, "low": 0.5, "": 1.0, "high": 1.5, "highest": 2.0}
"""Strength of an emotion by the word after its colon."""

_FULL_CONTROL = 1.5
"""Tempo factor of a control speed of 1; that of -1 is its inverse."""


def delivery_of(fields: SpeechFields) -> Delivery:
    """What the request says about delivery; tempo factors multiply.

    Raises:
        InvalidRequest: a value is unknown or out of its range.
    """
    config = fields.generation_config or GenerationConfig()
    controls = fields.voice.experimental_controls if isinstance(fields.voice, VoiceSpecifier) else None
    controls = controls or ExperimentalControls()
    wanted = controls.emotion or []
    emotion, level = _strongest([wanted] if isinstance(wanted, str) else wanted)
    return Delivery(
        speed=_top_speed(fields.speed)
        * _ranged("generation_config.speed", config.speed, 0.6, 1.5)
        * _FULL_CONTROL ** _control_speed(controls.speed),
        volume=_ranged("generation_config.volume", config.volume, 0.5, 2.0),
        emotion=config.emotion or emotion,
        emotion_level=1.0 if config.emotion else level,
    )


def _ranged(name: str, value: float | None, low: float, high: float) -> float:
    if value is None:
        return 1.0
    if not (math.isfinite(value) and low <= value <= high):
        raise InvalidRequest(f"{name} cannot be {value:g}; give a number from {low:g} to {high:g}.")
    return value


def _top_speed(value: str | float | None) -> float:
    if value is None or value == "":
        return 1.0
    if not isinstance(value, str) or value not in SPEEDS:
        raise InvalidRequest(
            f"speed cannot be {str(value)[:40]!r}; use slow, normal or fast here, "
            "or a number in generation_config.speed."
        )
    return SPEEDS[value]


def _control_speed(value: float | str | None) -> float:
    if value is None or value == "":
        return 0.0
    number = CONTROL_SPEEDS.get(value) if isinstance(value, str) else value
    if number is None or not -1.0 <= number <= 1.0:
        raise InvalidRequest(
            f"__experimental_controls.speed cannot be {str(value)[:40]!r}; "
            f"use a number from -1 to 1 or one of {', '.join(CONTROL_SPEEDS)}."
        )
    return number


def _strongest(emotions: list[str]) -> tuple[str | None, float]:
    best: tuple[str | None, float] = (None, 1.0)
    for entry in emotions:
        name, _, word = entry.partition(":")
        if word not in LEVELS:
            raise InvalidRequest(
                f"__experimental_controls.emotion cannot be {entry[:40]!r}; "
                "put lowest, low, high or highest after the colon."
            )
        if name and (best[0] is None or LEVELS[word] > best[1]):
            best = (CONTROL_EMOTIONS.get(name, name), LEVELS[word])
    return best
