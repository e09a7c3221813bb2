"""Model ids, and which engine on this machine stands for each."""

from __future__ import annotations

import logging
import re

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
