"""The loudspeaker of this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from myna.speech.errors import NotOffered

if TYPE_CHECKING:
    from myna.speech.events import AudioChunk

_RATES = (22050, 48000, 44100)


class Loudspeaker:
    """Plays audio as it comes; `write` waits while more than a moment of it is ahead."""

    def __init__(self, latency: str = "high") -> None:
        """Open the default sound device.

        Args:
            latency: "low" for what is to be heard at once, "high" for what is never to stutter.

        Raises:
            NotOffered: this machine has none, or it cannot be opened.
        """
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            raise NotOffered(f"There is no sound system here ({_first_line(error)}).") from None
        self._stream: Any = None
        reason: Exception | None = None
        for rate in _RATES:
            try:
                self._stream = sounddevice.OutputStream(
                    samplerate=rate, channels=1, dtype="float32", latency=latency
                )
                self._stream.start()
            except (sounddevice.PortAudioError, ValueError) as error:
                reason = error
                continue
            self.sample_rate = rate
            return
        raise NotOffered(f"There is no sound device here ({_first_line(reason)}).")

    async def write(self, chunk: AudioChunk) -> None:
        """Play audio at `sample_rate`."""
        await asyncio.to_thread(self._stream.write, chunk.samples.reshape(-1, 1))

    async def drain(self) -> None:
        """Wait until all audio was heard."""
        await asyncio.to_thread(self._stream.stop)

    def close(self) -> None:
        """Fall silent and give the device back."""
        self._stream.abort()
        self._stream.close()


def _first_line(error: Exception | None) -> str:
    return str(error).partition("\n")[0] or "no reason given"
