"""`myna change --live`: speech gets another voice while it is said."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from contextlib import ExitStack, aclosing
from typing import TYPE_CHECKING, Protocol

from myna.cli import terminal, voices
from myna.cli.incoming import Incoming
from myna.cli.lateness import Lateness
from myna.cli.live import pieces, unless, until_stopped
from myna.cli.loudspeaker import Loudspeaker
from myna.cli.microphone import Microphone
from myna.cli.standard_output import write_all
from myna.cli.stopping import first_error
from myna.cli.transcribe import input_format
from myna.speech.errors import UsageError
from myna.speech.events import AudioChunk
from myna.speech.formats import ENCODINGS, SAMPLE_RATES, OutputFormat
from myna.speech.listening import InputFormat
from myna.wire.cartesia.changing.queries import ChangingQuery

if TYPE_CHECKING:
    from myna.cli.servers import Server
    from myna.client.aio.voice_stream import AsyncVoiceStream

PIECE_SECONDS = 0.02
"""What a microphone gives at a time: it adds to the latency."""


class Sink(Protocol):
    """Where changed audio goes."""

    format: OutputFormat

    async def write(self, audio: bytes) -> None:
        """Take more of it."""
        ...

    async def drain(self) -> None:
        """Wait until all of it was taken."""
        ...


def formats(
    encoding: str | None, rate: int | None, output_encoding: str | None, output_rate: int | None
) -> tuple[InputFormat | None, str | None, int | None]:
    """What comes in, and what is to go out, as far as it was asked for.

    Raises:
        UnsupportedInput: there is no such encoding or rate.
        UsageError: it cannot go out so.
    """
    if output_encoding is not None and output_encoding not in ENCODINGS:
        raise UsageError(f"Nothing goes out as {output_encoding}; use --input-encoding for what comes in.")
    if output_rate is not None and output_rate not in SAMPLE_RATES:
        known = ", ".join(map(str, SAMPLE_RATES))
        raise UsageError(
            f"Nothing goes out at {output_rate} Hz, only at {known}; give it as --input-rate only."
        )
    return input_format(encoding, rate), output_encoding, output_rate


def change_live(
    server: Server,
    voice: str,
    format: InputFormat | None,
    encoding: str | None,
    rate: int | None,
    *,
    quiet: bool = False,
) -> int:
    """Change what comes in until it ends or somebody stops it, and return the exit status.

    Args:
        server: who changes it.
        voice: whose voice it gets, by name or id.
        format: of standard input; None for what a WAV header tells, or 16 kHz pcm_s16le.
        encoding: of standard output; None for that of the input, where it is possible.
        rate: of standard output, likewise.
        quiet: do not tell how late it was.

    Raises:
        NotOffered: there is no microphone, or no loudspeaker.
        VoiceNotFound: there is no such voice.
        MynaError: it could not be changed.
    """
    voice = voices.picked(server, voice, None)
    with ExitStack() as stack:
        sound: Incoming | Microphone
        if sys.stdin.isatty():
            sound = Microphone(PIECE_SECONDS)
            stack.callback(sound.close)
        else:
            sound = Incoming(format)
        loudspeaker = None
        if sys.stdout.isatty():
            loudspeaker = Loudspeaker(latency="low")
            stack.callback(loudspeaker.close)

        def sink(given: InputFormat) -> Sink:
            return _Pipe(given, encoding, rate) if loudspeaker is None else _Played(loudspeaker)

        lateness = Lateness()
        status = asyncio.run(
            until_stopped(lambda stop: _changed(server, voice, sound, sink, lateness, stop, quiet=quiet))
        )
    if not quiet and lateness.seconds:
        terminal.remark(lateness.told())
    if isinstance(sound, Microphone) and sound.lost:
        terminal.warn(f"{sound.lost_seconds:.1f} s of audio came faster than they could be changed.")
    return status


async def _changed(
    server: Server,
    voice: str,
    sound: Incoming | Microphone,
    sink_of: Callable[[InputFormat], Sink],
    lateness: Lateness,
    stop: asyncio.Event,
    *,
    quiet: bool,
) -> None:
    if isinstance(sound, Incoming) and await unless(stop, sound.open()) is None:
        return
    sink = sink_of(sound.format)
    try:
        async with server.asynchronous() as client:
            stream = client.voice_changer.stream(
                voice_id=voice,
                encoding=sound.format.encoding,
                sample_rate=sound.format.sample_rate,
                output_encoding=sink.format.encoding,
                output_sample_rate=sink.format.sample_rate,
            )
            async with stream, asyncio.TaskGroup() as group:
                if isinstance(sound, Microphone) and not quiet:
                    terminal.remark("Listening; Ctrl-C ends.")
                feeding = group.create_task(_feed(stream, sound, lateness, stop))
                per_second = sink.format.bytes_per_sample * sink.format.sample_rate
                async for audio in stream:
                    await sink.write(audio)
                    lateness.out(len(audio) / per_second)
                feeding.cancel()
                await sink.drain()
    except ExceptionGroup as errors:
        raise first_error(errors) from None


async def _feed(
    stream: AsyncVoiceStream, sound: Incoming | Microphone, lateness: Lateness, stop: asyncio.Event
) -> None:
    """Send audio to its end, or until `stop`."""
    per_second = sound.format.bytes_per_sample * sound.format.sample_rate
    async with aclosing(pieces(sound.audio(), stop)) as coming:
        async for audio in coming:
            lateness.came(len(audio or b"") / per_second)
            await stream.send(audio or b"")
    await stream.finish()


class _Pipe:
    """Standard output."""

    def __init__(self, given: InputFormat, encoding: str | None, rate: int | None) -> None:
        query = {
            "voice": "any",
            "encoding": given.encoding,
            "sample_rate": str(given.sample_rate),
            "output_encoding": encoding or "",
            "output_sample_rate": str(rate or ""),
        }
        self.format = ChangingQuery.parse(query.items()).output

    async def write(self, audio: bytes) -> None:
        await write_all(audio)

    async def drain(self) -> None:
        if not sys.stdout.closed:
            sys.stdout.flush()


class _Played:
    """The loudspeaker."""

    def __init__(self, loudspeaker: Loudspeaker) -> None:
        self.format = OutputFormat("raw", "pcm_f32le", loudspeaker.sample_rate)
        self._loudspeaker = loudspeaker

    async def write(self, audio: bytes) -> None:
        import numpy as np

        samples = np.frombuffer(audio, np.float32)
        await self._loudspeaker.write(AudioChunk(samples, self.format.sample_rate, 0.0))

    async def drain(self) -> None:
        await self._loudspeaker.drain()
