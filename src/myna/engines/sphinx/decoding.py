"""PocketSphinx's decoder, driven with frames that are normalised already."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from myna.engines.sphinx.cepstra import SECONDS
from myna.engines.sphinx.vocabulary import Term, terms
from myna.speech.errors import EngineError
from myna.speech.listening import TimedWord

if TYPE_CHECKING:
    from pocketsphinx import Decoder

_PARAMETERS = Path(__file__).with_name("features.params")
_SETTINGS: dict[str, Any] = {
    "samprate": 16_000,
    "loglevel": "FATAL",
    "featparams": str(_PARAMETERS),
    "fwdflat": False,
    "wip": 2.0,
}
"""A word more is likelier than by default: of what this model hears wrong, words left out are most."""
_AT_ONCE = 3
"""Frames of one call; without its second pass the decoder loses frames of longer ones."""
_BOOST = 60.0
"""How much likelier a keyterm is than one of all words."""
_MARK = re.compile(r"[<\[+]")
_ALTERNATIVE = re.compile(r"\(\d+\)$")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is followed of what may have been said, against the time that takes.

    Attributes:
        beam: likelihood, beside the best path's, below which a path is given up.
        most: states of words that are followed at a time; None for all that promise enough, which are many
            in noise.
    """

    beam: float
    most: int | None


LIVE = Effort(1e-48, 5000)
"""Half a second of work for one of audio at most; by default it would be 1.8."""
THOROUGH = Effort(1e-60, None)
"""Twice the work of the decoder's default, for 4 % fewer errors."""


def model() -> Path:
    """The folder of the acoustic model.

    Raises:
        EngineError: PocketSphinx cannot be loaded.
    """
    with _as_engine_error():
        from pocketsphinx import get_model_path

        return Path(get_model_path("en-us/en-us"))


class Pass:
    """One way through a segment, from left to right; used again for the next."""

    def __init__(self, effort: Effort, keyterms: tuple[str, ...] = ()) -> None:
        """Load the model, and teach it words that are likely to be said.

        Args:
            effort: how much is followed.
            keyterms: those words.

        Raises:
            EngineError: PocketSphinx cannot.
        """
        with _as_engine_error():
            from pocketsphinx import Decoder

            bounds: dict[str, Any] = {"beam": effort.beam, "pbeam": effort.beam}
            if effort.most is not None:
                bounds["maxhmmpf"] = effort.most
            self._decoder: Decoder = Decoder(**_SETTINGS, **bounds)
            self._terms = self._learn(keyterms) if keyterms else {}
        self._open = False
        self._fed = 0

    def start(self) -> None:
        """Begin, giving up what was begun before."""
        with _as_engine_error():
            if self._open:
                self._decoder.end_utt()
            self._decoder.start_utt()
        self._open, self._fed = True, 0

    def push(self, frames: NDArray[np.float64]) -> None:
        """Take normalised cepstra of shape (n, 13)."""
        data = np.ascontiguousarray(frames, np.float32)
        with _as_engine_error():
            for first in range(0, len(data), _AT_ONCE):
                self._decoder.process_cep(data[first : first + _AT_ONCE].tobytes(), False, False)
        self._fed += len(data)

    def finish(self) -> None:
        """No more frames; `words` tells the best path through all of them."""
        if self._open:
            with _as_engine_error():
                self._decoder.end_utt()
            self._open = False

    def words(self) -> tuple[TimedWord, ...]:
        """The best words so far, in seconds of the segment."""
        if not self._fed:
            return ()
        with _as_engine_error():
            if self._decoder.hyp() is None:
                return ()
            words: list[TimedWord] = []
            for segment in self._decoder.seg() or ():
                if not _MARK.match(segment.word):
                    words.extend(self._told(segment.word, segment.start_frame, segment.end_frame + 1))
            return tuple(words)

    def _told(self, word: str, first: int, last: int) -> list[TimedWord]:
        start, end = first * SECONDS, last * SECONDS
        term = self._terms.get(_ALTERNATIVE.sub("", word))
        return term.told(start, end) if term else [TimedWord(written(word), start, end)]

    def _learn(self, keyterms: tuple[str, ...]) -> dict[str, Term]:
        decoder = self._decoder
        found = terms(keyterms, decoder.lookup_word)
        model = decoder.get_lm()
        for term in found:
            model.add_word(term.token, _BOOST)
        ways = [
            (term.token if number == 1 else f"{term.token}({number})", way)
            for term in found
            for number, way in enumerate(term.ways, 1)
        ]
        for index, (name, way) in enumerate(ways, 1):
            decoder.add_word(name, way, index == len(ways))
        return {term.token: term for term in found}


def written(word: str) -> str:
    """A word of the dictionary as it is written: "i'm(2)" is "I'm"."""
    word = _ALTERNATIVE.sub("", word)
    return "I" + word[1:] if word == "i" or word.startswith("i'") else word


@contextlib.contextmanager
def _as_engine_error() -> Iterator[None]:
    try:
        yield
    except (RuntimeError, ValueError, KeyError, OSError, ImportError) as error:
        raise EngineError(f"PocketSphinx failed: {error or type(error).__name__}.") from error
