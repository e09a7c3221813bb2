"""One real worker process at the other end of a socket, and what it says gathered up."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from myna.engines import frames
from myna.engines.connection import SPEAKER
from myna.engines.link import spawn
from myna.engines.protocols import EngineEvent, Pcm, Phoneme, Utterance, Word
from myna.speech.errors import EngineError
from myna.speech.voices import Timbre
from tests.sound import Sound

MAN = Timbre(110.0, flite_base="rms")
WOMAN = Timbre(200.0, formant_scale=1.12, flite_base="slt")
PATIENCE = 30.0


@dataclass
class Spoken:
    """All that came back for one utterance."""

    utterance: Utterance
    events: list[EngineEvent] = field(default_factory=list)

    @property
    def buffers(self) -> list[Pcm]:
        return [event for event in self.events if isinstance(event, Pcm)]

    @property
    def pcm(self) -> bytes:
        return b"".join(buffer.data for buffer in self.buffers)

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.pcm).hexdigest()

    @property
    def sound(self) -> Sound:
        (rate,) = {buffer.sample_rate for buffer in self.buffers}
        return Sound(np.frombuffer(self.pcm, "<i2").astype(np.float32) / 32768, rate)

    @property
    def speech(self) -> Sound:
        """Without the pause at the end."""
        sound = self.sound
        audible = np.flatnonzero(np.abs(sound.samples) > 1e-3)
        return Sound(sound.samples[: audible[-1] + 1 if len(audible) else 0], sound.rate)

    @property
    def words(self) -> list[tuple[str, float, float]]:
        text = self.utterance.text
        return [(text[e.text_start : e.text_end], e.start, e.end) for e in self.events if isinstance(e, Word)]

    @property
    def phonemes(self) -> list[Phoneme]:
        return [event for event in self.events if isinstance(event, Phoneme)]

    @property
    def ipa(self) -> str:
        return "".join(phoneme.ipa for phoneme in self.phonemes)


class Desk:
    """Speaks frames to a worker, synchronously."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._buffer = bytearray()
        self._number = 0
        kind, payload = self._frame()
        assert kind == frames.READY
        self.ready = frames.read_ready(payload)

    def speak(self, engine: str, utterance: Utterance, *, stop_after: int | None = None) -> Spoken:
        """Have an utterance spoken, and told to stop after so many events.

        Raises:
            EngineError: as the worker says.
        """
        self._number += 1
        self._channel.sendall(frames.speak(frames.Job(self._number, engine, utterance)))
        spoken = Spoken(utterance)
        while True:
            kind, payload = self._frame()
            if kind == frames.DONE:
                assert frames.read_number(payload) == self._number
                return spoken
            if kind == frames.FAILED:
                raise EngineError(frames.read_failure(payload).message)
            spoken.events.append(frames.read_event(kind, memoryview(payload)))
            if len(spoken.events) == stop_after:
                self._channel.sendall(frames.stop(self._number))

    def say(
        self,
        engine: str,
        text: str,
        language: str = "en-US",
        timbre: Timbre = MAN,
        *,
        stop_after: int | None = None,
        **how: Any,
    ) -> Spoken:
        """Have a text spoken."""
        return self.speak(engine, Utterance(text, language, timbre, **how), stop_after=stop_after)

    def _frame(self) -> tuple[int, bytes]:
        while True:
            if len(self._buffer) >= frames.HEADER.size:
                length, kind = frames.HEADER.unpack_from(self._buffer)
                end = frames.HEADER.size + length
                if len(self._buffer) >= end:
                    payload = bytes(self._buffer[frames.HEADER.size : end])
                    del self._buffer[:end]
                    return kind, payload
            data = self._channel.recv(1 << 16)
            if not data:
                raise EOFError("the worker is gone")
            self._buffer += data


@contextmanager
def desk() -> Iterator[Desk]:
    """A worker of its own."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            process = spawn(theirs.fileno(), SPEAKER)
        ours.settimeout(PATIENCE)
        try:
            yield Desk(ours)
        finally:
            ours.shutdown(socket.SHUT_RDWR)
            ours.close()
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()
                process.wait()
