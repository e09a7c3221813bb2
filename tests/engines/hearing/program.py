"""A process that listens with a scripted recogniser: no model, and as ill-behaved as the keyterms say.

Keyterms: `crash` ends the process at the first word, `slow` takes a second for each stretch, `defect` has a
mistake in it, `chatty` tells without end, `language` is one that nobody knows.
"""

from __future__ import annotations

import os
import signal
import sys
import time

import numpy as np

from myna.audio import endpointing
from myna.engines.hearing import available, worker
from myna.engines.protocols import Heard
from myna.speech.errors import EngineError
from myna.speech.listening import TimedWord
from tests.engines.hearing.scripted import LoudNetwork, Samples, ScriptedHearer, ScriptedRecognizer

NAME = "tests.engines.hearing.program"


class Hearer(ScriptedHearer):
    keyterms: tuple[str, ...] = ()

    def partial(self) -> tuple[TimedWord, ...]:
        words = super().partial()
        if words:
            misbehave(self.keyterms)
        if "chatty" in self.keyterms:
            return tuple(TimedWord(f"{time.monotonic_ns()}", word.start, word.end) for word in words)
        return words


class Recognizer(ScriptedRecognizer):
    def hear(self, language: str | None, keyterms: tuple[str, ...]) -> ScriptedHearer:
        if "language" in keyterms:
            raise EngineError("Nobody here knows this language; use another engine.")
        hearer = Hearer(3)
        hearer.keyterms = keyterms
        return hearer

    def transcribe(self, samples: Samples, language: str | None, keyterms: tuple[str, ...]) -> Heard:
        hearer = self.hear(language, keyterms)
        hearer.begin()
        hearer.feed(samples)
        for _ in hearer.review():
            pass
        heard = hearer.final()
        if heard.words:
            misbehave(keyterms)
        return heard


def misbehave(keyterms: tuple[str, ...]) -> None:
    if "crash" in keyterms:
        os.kill(os.getpid(), signal.SIGKILL)
    if "slow" in keyterms:
        time.sleep(1.0)
    if "defect" in keyterms:
        raise ZeroDivisionError
    for keyterm in keyterms:
        if keyterm.startswith("once:"):  # crashes where the file is not there yet
            try:
                os.close(os.open(keyterm[5:], os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)


def find() -> None:
    """It is here."""


def load() -> Recognizer:
    """Nothing to load."""
    return Recognizer()


if __name__ == "__main__":
    endpointing.SpeechNetwork = LoudNetwork  # type: ignore[assignment,misc]
    available.RECOGNIZERS.clear()
    available.RECOGNIZERS["sphinx"] = NAME
    np.seterr(all="raise")
    sys.exit(worker.main(sys.argv[1:]))
