"""Speech recognition with PocketSphinx and its own model of English."""

from __future__ import annotations

import importlib.util

import numpy as np
from numpy.typing import NDArray

from myna.engines.protocols import Heard, Hearer
from myna.engines.sphinx.decoding import Pass
from myna.engines.sphinx.hearing import SphinxHearer
from myna.speech.errors import EngineError


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
        self._idle = [Pass(), Pass()]

    def hear(self, language: str | None, keyterms: tuple[str, ...]) -> Hearer:
        """Begin to listen to a stream.

        Raises:
            EngineError: the language is not English.
        """
        _check(language)
        return SphinxHearer(Pass(), Pass())

    def transcribe(
        self, samples: NDArray[np.float32], language: str | None, keyterms: tuple[str, ...]
    ) -> Heard:
        """The words of a segment.

        Raises:
            EngineError: the language is not English.
        """
        _check(language)
        hearer = SphinxHearer(*self._idle)
        hearer.begin()
        hearer.hold(samples)
        for _ in hearer.review():
            pass
        return hearer.final()


def _check(language: str | None) -> None:
    if language and language.lower().replace("_", "-").split("-")[0] != "en":
        raise EngineError(
            f"PocketSphinx hears English, not {language[:20]!r}; use the engine faster-whisper for it."
        )
