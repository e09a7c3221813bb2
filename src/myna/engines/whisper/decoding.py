"""A loaded Whisper model, bounded in every direction."""

from __future__ import annotations

import os
import time
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from myna.engines.protocols import HEARING_RATE, Heard
from myna.engines.whisper import models
from myna.engines.whisper.languages import tag_of
from myna.engines.whisper.words import timed
from myna.speech.errors import EngineError

_LEAST = HEARING_RATE // 20
"""Samples below which there is no word in it."""
_TOKENS_PER_SECOND = 20
_LEAST_TOKENS, _MOST_TOKENS = 24, 220
"""A prompt and what is said must fit into 448 tokens, and keyterms take up to 228."""
_WINDOWS_PER_SECOND = 0.2
"""How often a model may begin anew in the middle of a segment."""
_NOBODY = 0.9
"""Probability that nobody speaks from which on a model is believed, whatever it says else."""
_REPETITIVE = 2.4
"""How far the text of a model can be compressed that repeats itself; speech stays below."""
_NO_LOOP = {"no_repeat_ngram_size": 3, "repetition_penalty": 1.1}


class _TooLong(Exception):
    pass


class _Model(WhisperModel):  # type: ignore[misc]
    """One that does not go on for ever where its times stand still."""

    windows_left = 1

    def encode(self, features: NDArray[np.float32]) -> ctranslate2.StorageView:
        if self.windows_left <= 0:
            raise _TooLong
        self.windows_left -= 1
        return super().encode(features)


class Decoder:
    """A model in memory.

    Attributes:
        languages: Whisper's codes of what it hears.
        seconds: how long it takes for a quick look at a segment, measured on the last one.
    """

    def __init__(self, path: str, name: str) -> None:
        """Load the model in the folder `path`, which errors call `name`.

        Raises:
            EngineError: it cannot be read, or is no model of speech.
        """
        self._name = name
        try:
            self._model = _load(path)
            self.languages = self._heard_languages()
            self.seconds = 0.0
            self._decode(np.zeros(HEARING_RATE, np.float32), self.languages[0], (), quick=True)
        except Exception as error:  # tokenizers raises nothing narrower
            raise EngineError(
                f"The Whisper model {models.short(name)} cannot be used: {models.reason(error)}. "
                "Convert or fetch it again."
            ) from None

    def decode(
        self,
        samples: NDArray[np.float32],
        code: str | None,
        keyterms: tuple[str, ...],
        *,
        quick: bool = False,
    ) -> Heard:
        """The words of a segment.

        Args:
            samples: mono at `HEARING_RATE`.
            code: one of `languages`; None finds out.
            keyterms: what is likely to be said.
            quick: follow only the likeliest text.

        Raises:
            EngineError: the model failed.
        """
        if len(samples) < _LEAST:
            return Heard((), tag_of(code) if code else None, reviewed=not quick)
        try:
            return self._decode(samples, code, keyterms, quick)
        except (RuntimeError, ValueError, TypeError, IndexError, KeyError) as error:
            raise EngineError(
                f"The Whisper model {models.short(self._name)} failed: {models.reason(error)}."
            ) from None

    def _decode(
        self, samples: NDArray[np.float32], code: str | None, keyterms: tuple[str, ...], quick: bool
    ) -> Heard:
        began = time.perf_counter()
        segments, code = self._segments(samples, code, keyterms, quick, {})
        if any(segment.compression_ratio > _REPETITIVE for segment in segments):
            segments, code = self._segments(samples, code, keyterms, quick, _NO_LOOP)
        if quick:
            self.seconds = time.perf_counter() - began
        spoken = [word for segment in segments for word in segment.words or ()]
        return Heard(timed(spoken, code, len(samples) / HEARING_RATE), tag_of(code), reviewed=not quick)

    def _segments(
        self,
        samples: NDArray[np.float32],
        code: str | None,
        keyterms: tuple[str, ...],
        quick: bool,
        options: dict[str, Any],
    ) -> tuple[list[Any], str]:
        seconds = len(samples) / HEARING_RATE
        self._model.windows_left = 3 + round(seconds * _WINDOWS_PER_SECOND)
        found, told = self._model.transcribe(
            np.ascontiguousarray(samples, dtype=np.float32),
            language=code,
            beam_size=1 if quick else 5,
            temperature=0.0,
            compression_ratio_threshold=None,
            condition_on_previous_text=False,
            word_timestamps=True,
            hotwords=", ".join(keyterms) or None,
            max_new_tokens=min(_MOST_TOKENS, _LEAST_TOKENS + round(seconds * _TOKENS_PER_SECOND)),
            **options,
        )
        segments = []
        try:
            for segment in found:
                if segment.no_speech_prob < _NOBODY:
                    segments.append(segment)
        except _TooLong:
            pass
        return segments, str(told.language)

    def _heard_languages(self) -> tuple[str, ...]:
        model = self._model
        if not model.model.is_multilingual:
            return ("en",)
        codes = [code for code in model.supported_languages if model.hf_tokenizer.token_to_id(f"<|{code}|>")]
        if not codes or model.hf_tokenizer.token_to_id("<|transcribe|>") is None:
            raise EngineError("its tokenizer is not that of a Whisper model")
        return tuple(codes)


def _load(path: str) -> _Model:
    threads = max(1, min(2, (os.cpu_count() or 1) // 2))
    if ctranslate2.get_cuda_device_count() > 0:
        try:
            model = _Model(path, device="cuda", compute_type="default", local_files_only=True)
            model.encode(np.zeros((model.model.n_mels, 3000), np.float32))
        except (RuntimeError, ValueError):  # a card without its libraries
            pass
        else:
            return model
    return _Model(path, device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True)
