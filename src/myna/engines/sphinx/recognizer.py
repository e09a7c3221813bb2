"""Speech recognition with PocketSphinx and its own model of English."""

from __future__ import annotations

import importlib.util
import weakref

import numpy as np
from numpy.typing import NDArray

from myna.engines.protocols import Heard, Hearer
from myna.engines.sphinx.acoustics import read
from myna.engines.sphinx.decoding import LIVE, THOROUGH, Effort, Pass, model
from myna.engines.sphinx.hearing import SphinxHearer
from myna.engines.sphinx.warping import Warp
from myna.speech.errors import EngineError

_MOST_IDLE = 4
"""Decoders that wait for the next stream, some 90 MB each."""


def find() -> None:
    """Look for PocketSphinx, without loading it.

    Raises:
        EngineError: it is not installed.
    """
    if importlib.util.find_spec("pocketsphinx") is None:
        raise EngineError("PocketSphinx is not installed; install it with `pip install pocketsphinx`")


def load() -> SphinxRecognizer:
    """Load it with its model.

    Raises:
        EngineError: it is not installed, or its model cannot be read.
    """
    find()
    return SphinxRecognizer()


class SphinxRecognizer:
    """A `Recognizer` of English."""

    name = "sphinx"

    def __init__(self) -> None:
        self._idle: dict[tuple[tuple[str, ...], Effort], list[Pass]] = {}
        self._acoustics = read(model())

    def hear(self, language: str | None, keyterms: tuple[str, ...]) -> Hearer:
        """Begin to listen to a stream; its decoders serve another one once the `Hearer` is let go.

        Raises:
            EngineError: the language is not English.
        """
        return self._hear(language, keyterms, 2, LIVE)

    def transcribe(
        self, samples: NDArray[np.float32], language: str | None, keyterms: tuple[str, ...]
    ) -> Heard:
        """The words of a segment.

        Raises:
            EngineError: the language is not English.
        """
        hearer = self._hear(language, keyterms, 1, THOROUGH)
        hearer.begin()
        hearer.hold(samples)
        for _ in hearer.review():
            pass
        return hearer.final()

    def _hear(
        self, language: str | None, keyterms: tuple[str, ...], count: int, effort: Effort
    ) -> SphinxHearer:
        if language and language.lower().replace("_", "-").split("-")[0] != "en":
            raise EngineError(
                f"PocketSphinx hears English, not {language[:20]!r}; use the engine faster-whisper for it."
            )
        idle = self._idle.setdefault((keyterms, effort), [])
        for other in [key for key in self._idle if key[0] and key[0] != keyterms]:
            del self._idle[other]
        passes = [idle.pop() if idle else Pass(effort, keyterms) for _ in range(count)]
        hearer = SphinxHearer(passes, Warp(self._acoustics))
        weakref.finalize(hearer, _give_back, idle, passes)
        return hearer


def _give_back(idle: list[Pass], passes: list[Pass]) -> None:
    idle.extend(passes[: max(_MOST_IDLE - len(idle), 0)])
