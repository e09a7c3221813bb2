"""The microphone of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from myna.speech.errors import NotOffered
from myna.speech.listening import InputFormat

_RATES = (16000, 48000, 44100)
_AHEAD_SECONDS = 10.0
"""Audio that may wait to be taken."""
PIECE_SECONDS = 0.1


class Microphone:
    """Records audio; what nobody takes within ten seconds is lost.

    Attributes:
        format: of the audio.
        lost: pieces of audio that were lost so far.
        piece_seconds: length of one.

    Example:
        >>> microphone = Microphone()
        >>> async for audio in microphone.audio(): ...
    """

    def __init__(self, piece_seconds: float = PIECE_SECONDS) -> None:
        """Find the default device and a sample rate that it has.

        Args:
            piece_seconds: how much audio comes at a time.

        Raises:
            NotOffered: this machine has none, or it cannot be opened.
        """
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            raise NotOffered(f"There is no sound system here ({_first_line(error)}); {_INSTEAD}.") from None
        self.lost = 0
        self.piece_seconds = piece_seconds
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue(round(_AHEAD_SECONDS / piece_seconds))
        reason: Exception | None = None
        for rate in _RATES:
            try:
                self._stream: Any = sounddevice.RawInputStream(
                    samplerate=rate,
                    channels=1,
                    dtype="int16",
                    blocksize=round(rate * piece_seconds),
                    callback=self._record,
                )
            except (sounddevice.PortAudioError, ValueError) as error:
                reason = error
                continue
            self.format = InputFormat("pcm_s16le", rate)
            return
        raise NotOffered(f"There is no microphone here ({_first_line(reason)}); {_INSTEAD}.")

    @property
    def lost_seconds(self) -> float:
        """Audio that was lost so far."""
        return self.lost * self.piece_seconds

    async def audio(self) -> AsyncIterator[bytes]:
        """The audio from now on, without end."""
        self._loop = asyncio.get_running_loop()
        self._stream.start()
        while True:
            yield await self._pieces.get()

    def close(self) -> None:
        """Give the device back."""
        self._loop = None
        self._stream.abort()
        self._stream.close()

    def _record(self, data: Any, frames: int, time: Any, status: Any) -> None:
        """Called by the device, in a thread of its own."""
        if (loop := self._loop) is not None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._keep, bytes(data))

    def _keep(self, audio: bytes) -> None:
        if self._pieces.full():
            self.lost += 1
        else:
            self._pieces.put_nowait(audio)


_INSTEAD = "pipe audio in instead, or name files"


def _first_line(error: Exception | None) -> str:
    return str(error).partition("\n")[0] or "no reason given"
