"""Speech recognition with any Whisper model that CTranslate2 can read."""

from __future__ import annotations

import gc
import importlib.util
import os

import numpy as np
from numpy.typing import NDArray

from myna.engines.protocols import Heard, Hearer
from myna.engines.whisper import models
from myna.engines.whisper.hearing import WhisperHearer
from myna.engines.whisper.languages import code_of, tag_of
from myna.speech.errors import EngineError

_MODULES = ("ctranslate2", "faster_whisper", "tokenizers", "huggingface_hub")

_held: dict[str, WhisperRecognizer] = {}


def find() -> None:
    """Look for faster-whisper, without loading it.

    Raises:
        EngineError: it is not installed.
    """
    if any(importlib.util.find_spec(module) is None for module in _MODULES):
        raise EngineError("faster-whisper is not installed; install it with `pip install 'myna[whisper]'`")


def load(model: str | None = None) -> WhisperRecognizer:
    """Load a model, or give the one that is loaded; a process holds one at a time.

    Args:
        model: as for `models.locate`; None is the usual one.

    Raises:
        EngineError: faster-whisper is not installed, or the model is not here, or it cannot be read.
    """
    find()
    model = model or models.DEFAULT
    path = os.path.realpath(models.locate(model))
    if path not in _held:
        _held.clear()
        gc.collect()
        _held[path] = WhisperRecognizer(path, model)
    return _held[path]


class WhisperRecognizer:
    """A `Recognizer` of what its model has learnt."""

    name = "whisper"

    def __init__(self, path: str, model: str) -> None:
        from myna.engines.whisper.decoding import Decoder

        self._decoder = Decoder(path, model)
        self._model = model

    @property
    def languages(self) -> tuple[str, ...]:
        """Tags of the languages that the model hears."""
        return tuple(tag_of(code) for code in self._decoder.languages)

    def hear(self, language: str | None, keyterms: tuple[str, ...]) -> Hearer:
        """Begin to listen to a stream.

        Raises:
            EngineError: the model does not hear the language.
        """
        return WhisperHearer(self._decoder, self._code(language), keyterms)

    def transcribe(
        self, samples: NDArray[np.float32], language: str | None, keyterms: tuple[str, ...]
    ) -> Heard:
        """The words of a segment.

        Raises:
            EngineError: the model does not hear the language, or it failed.
        """
        return self._decoder.decode(samples, self._code(language), keyterms)

    def _code(self, language: str | None) -> str | None:
        code = code_of(language) if language else None
        if code is None or code in self._decoder.languages:
            return code
        if self._decoder.languages == ("en",):
            raise EngineError(
                f"The Whisper model {models.short(self._model)} hears English only, not {language!r}; use "
                "one of many languages, such as faster-whisper:small."
            )
        raise EngineError(
            f"The Whisper model {models.short(self._model)} does not hear {language!r}; it hears "
            f"{', '.join(self.languages)}."
        )
