"""`myna change`: recordings get another voice, several at a time."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol, cast

from myna.cli import terminal, voices
from myna.cli.bars import Bars, Told
from myna.cli.files import STANDARD_OUTPUT, AudioFile, replacing
from myna.cli.recordings import Recording, is_folder, places, recordings
from myna.cli.stopping import unless_stopped
from myna.cli.together import Together
from myna.cli.trying import file_name
from myna.speech.changing import ConversionEvent, ConversionRequest
from myna.speech.errors import EngineError, UsageError
from myna.speech.events import AudioChunk
from myna.speech.formats import OutputFormat, check
from myna.speech.listening import InputFormat, Progress
from myna.speech.voices import VoiceChoice

if TYPE_CHECKING:
    from myna.cli.servers import Server
    from myna.client import AsyncMyna
    from myna.providers.protocols import Provider

PATIENCE_SECONDS = 600.0
"""Time for a server to send something: it looks at a whole recording before it begins."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What becomes of the recordings.

    Attributes:
        voice: whose voice they get, by name or id.
        output: a file, a folder, `-`, or None for the names of the recording and the voice.
        format: of the files.
        input: of recordings without a container; None where they tell themselves.
        quiet: no remarks and no progress.
    """

    voice: str
    output: Path | None
    format: OutputFormat
    input: InputFormat | None = None
    quiet: bool = False


def change(server: Server, files: Sequence[Path], wish: Wish) -> int:
    """Change the voice of recordings, and return the exit status: 1 where one of them failed.

    Args:
        server: who changes it.
        files: the recordings; `-` is standard input.
        wish: whose voice they get, and where they go.

    Raises:
        UsageError: they cannot be written there.
        UnsupportedFormat: there is no such format.
        VoiceNotFound: there is no such voice.
        MynaError: none of them could be done for the same reason.
    """
    check(wish.format)
    with ExitStack() as stack:
        every = recordings(files, stack)
        targets = _targets(every, wish)
        voice = voices.picked(server, wish.voice, None)
        bars = stack.enter_context(Bars(len(every), quiet=wish.quiet))
        together = Together(bars)
        status = asyncio.run(unless_stopped(_all(server, every, targets, voice, wish, together)))
    return status or (terminal.FAILED if together.failed else terminal.OK)


def named_output(output: Path | None, files: int) -> Path | None:
    """The name that says the format of the files; None where it is a folder's."""
    return output if output is not None and files == 1 and not is_folder(output) else None


def _targets(every: Sequence[Recording], wish: Wish) -> dict[Recording, Path]:
    """Where each goes.

    Raises:
        UsageError: it cannot be written there, or a recording would be lost.
    """
    if wish.output == STANDARD_OUTPUT:
        if len(every) > 1:
            raise UsageError("Standard output takes only one recording; give a folder.")
        return {every[0]: STANDARD_OUTPUT}
    suffix = f".{wish.format.container}"
    if wish.output is None:
        suffix = f"-{file_name(wish.voice)}{suffix}"
    targets = places(wish.output or Path(), every, suffix)
    for recording, path in targets.items():
        if path.is_file() and any(_same(path, each.path) for each in every):
            raise UsageError(f"{path} would take the place of {recording.name}; give another name.")
    return targets


def _same(path: Path, other: Path) -> bool:
    return other.is_file() and path.samefile(other)


async def _all(
    server: Server,
    every: Sequence[Recording],
    targets: dict[Recording, Path],
    voice: str,
    wish: Wish,
    together: Together,
) -> None:
    async with _changer(server, voice, wish) as changer:

        async def one(recording: Recording, told: Told) -> None:
            target = targets[recording]
            with replacing(target) as part:
                seconds = await changer.change(recording.path, part, told)
            if not wish.quiet and target != STANDARD_OUTPUT:
                terminal.remark(f"{target}: {terminal.clock(seconds)} of {recording.name}.")

        await together.run(every, one)


class _Changer(Protocol):
    """What changes voices; gives the seconds of audio that it has written."""

    async def change(self, path: Path, target: Path, told: Told) -> float: ...


@asynccontextmanager
async def _changer(server: Server, voice: str, wish: Wish) -> AsyncIterator[_Changer]:
    if not server.is_here:
        async with server.asynchronous() as client:
            yield _There(client, voice, wish)
        return
    provider = server.provider()
    try:
        await provider.start()
        yield _Here(provider, voice, wish)
    finally:
        await provider.aclose()


class _Here:
    """Changes them with the engines of this machine."""

    def __init__(self, provider: Provider, voice: str, wish: Wish) -> None:
        self._provider = provider
        self._voice = VoiceChoice(voice)
        self._wish = wish

    async def change(self, path: Path, target: Path, told: Told) -> float:
        request = ConversionRequest(self._voice, path, self._wish.input)
        events = cast("AsyncGenerator[ConversionEvent, None]", self._provider.convert(request))
        with AudioFile(target, self._wish.format) as file:
            async with aclosing(events):
                async for event in events:
                    if isinstance(event, AudioChunk):
                        file.write(event)
                    elif isinstance(event, Progress):
                        told(event.seconds, event.total)
            if not file.seconds:
                raise EngineError("The engine gave no audio; try again.")
            return file.seconds


class _There:
    """Has a server change them, and writes what comes while it comes."""

    def __init__(self, client: AsyncMyna, voice: str, wish: Wish) -> None:
        self._client = client
        self._voice = voice
        self._wish = wish

    async def change(self, path: Path, target: Path, told: Told) -> float:
        wish, format = self._wish, self._wish.format
        given = wish.input
        query = {"encoding": given.encoding, "sample_rate": given.sample_rate} if given is not None else None
        opening = self._client.voice_changer.with_streaming_response.generate(
            clip=path,
            voice_id=self._voice,
            output_format_container=format.container,
            output_format_encoding=format.encoding,
            output_format_sample_rate=format.sample_rate,
            output_format_bit_rate=format.bit_rate,
            extra_query=query,
            timeout=PATIENCE_SECONDS,
        )
        per_second = format.bytes_per_sample * format.sample_rate or (format.bit_rate or 128000) / 8
        size = 0
        async with opening as response:
            with ExitStack() as stack:
                file = _Received(target, stack)
                async for piece in response.iter_bytes():
                    file.write(piece)
                    size += len(piece)
                    told(size / per_second, None)
                file.finish()
        return size / per_second


class _Received:
    """Audio that comes with its container; of a WAV file the sizes are set right at the end."""

    def __init__(self, target: Path, stack: ExitStack) -> None:
        from myna.client.sealing import WavSealer

        file: BinaryIO
        if target == STANDARD_OUTPUT:
            file = sys.stdout.buffer
            stack.callback(file.flush)
        else:
            file = stack.enter_context(target.open("wb"))
        regular = target != STANDARD_OUTPUT and stat.S_ISREG(os.fstat(file.fileno()).st_mode)
        self._sealer = WavSealer(file) if regular else None
        self.write: Callable[[bytes], object] = self._sealer.write if self._sealer else file.write

    def finish(self) -> None:
        """All has come."""
        if self._sealer is not None:
            self._sealer.finish()
