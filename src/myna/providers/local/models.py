"""Model ids, and which engine on this machine stands for each."""

from __future__ import annotations

import logging
import re
from collections.abc import Collection
from dataclasses import dataclass

from myna.speech.errors import ModelNotFound

_log = logging.getLogger(__name__)

ENGINES = ("espeak", "flite")
"""Ids that force an engine."""
FAMILIES = (
    "sonic-latest",
    "sonic-3.6",
    "sonic-3.5",
    "sonic-3",
    "sonic-3-latest",
    "sonic-2",
    "sonic-turbo",
    "sonic",
    "sonic-preview",
    "sonic-english",
    "sonic-multilingual",
    "upbeat-moon",
)
"""Ids that leave the choice of the engine to Myna; each may carry the date of a snapshot."""
LISTENING = ("ink-whisper", "ink-2", "whisper-1", "gpt-4o-transcribe", "gpt-4o-mini-transcribe")
"""The same, of models that listen."""
RECOGNIZER = "sphinx"
"""The id that forces the engine which listens where nothing else is said."""
_WHISPER = ("faster-whisper", "whisper")
WHISPER_SIZES = (
    *("tiny", "tiny.en", "base", "base.en", "small", "small.en", "medium", "medium.en"),
    *("large", "large-v1", "large-v2", "large-v3", "large-v3-turbo", "turbo"),
    *("distil-small.en", "distil-medium.en", "distil-large-v2", "distil-large-v3", "distil-large-v3.5"),
)
"""Whisper models that everybody knows by these names."""
_SNAPSHOT = re.compile(r"-[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])\Z")


def is_known(model: str) -> bool:
    """Whether `model` is the id of a model or of a dated snapshot of one."""
    name = model.strip().lower()
    return name in ENGINES or name in FAMILIES or _SNAPSHOT.sub("", name) in FAMILIES


def engine_of(model: str, *, any_model: bool = False) -> str | None:
    """The engine that `model` forces, None where it leaves the choice.

    Args:
        model: id as asked for.
        any_model: take unknown ids, with a warning in the log.

    Raises:
        ModelNotFound: the id is not known.
    """
    name = model.strip().lower()
    if name in ENGINES:
        return name
    if not is_known(model):
        known = ", ".join((*ENGINES, *FAMILIES))
        if not any_model:
            raise ModelNotFound(f"There is no model {model[:64]!r}; there are {known}.")
        _log.warning("model %r is not known; the local engines stand in for it", model[:64])
    return None


@dataclass(frozen=True, slots=True)
class Listener:
    """The engine that listens, and which model of it; None for its own."""

    engine: str
    model: str | None = None


def listens(model: str) -> bool:
    """Whether `model` is the id of one that listens."""
    name = model.strip().lower()
    if name == RECOGNIZER or _SNAPSHOT.sub("", name) in LISTENING:
        return True
    engine = name.partition(":")[0]
    return engine in _WHISPER


def listener_of(model: str, *, any_model: bool = False, whisper: Collection[str] | None = None) -> Listener:
    """The engine that stands for a model that listens.

    Args:
        model: id as asked for; `faster-whisper:NAME_OR_FOLDER` names a Whisper model.
        any_model: take unknown ids, with a warning in the log.
        whisper: names and folders of Whisper models that may be asked for beside `WHISPER_SIZES`; None for
            any, which tells who asks what folders there are.

    Raises:
        ModelNotFound: the id is not known, or the Whisper model may not be asked for.
    """
    engine, _, named = model.strip().partition(":")
    if engine.lower() in _WHISPER:
        named = named.strip()
        if named and whisper is not None and named not in whisper and named not in WHISPER_SIZES:
            raise ModelNotFound(
                f"The Whisper model {named[:64]!r} is not offered by this server: ask for one of "
                f"{', '.join(WHISPER_SIZES)}, or let whoever runs it allow others with --whisper-model."
            )
        return Listener("whisper", named or None)
    if not listens(model):
        known = ", ".join((RECOGNIZER, *LISTENING))
        if not any_model:
            raise ModelNotFound(
                f"There is no model {model[:64]!r} that listens; there are {known}, "
                "and faster-whisper:NAME for any Whisper model."
            )
        _log.warning("model %r is not known; the engine that listens here stands in for it", model[:64])
    return Listener(RECOGNIZER)
