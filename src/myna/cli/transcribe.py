"""`myna transcribe`: recordings are written down, several at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import ExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from myna.cli import terminal, voices
from myna.cli.bars import Bars, Told
from myna.cli.hearing_options import TranscriptFormat
from myna.cli.recordings import Recording, Shelf, recordings
from myna.cli.stopping import unless_stopped
from myna.cli.together import Together
from myna.cli.writing import written
from myna.speech.errors import UsageError
from myna.speech.languages import normalize_tag
from myna.speech.listening import (
    Final,
    InputFormat,
    Progress,
    TimedWord,
    TranscriptionEvent,
    TranscriptionRequest,
    check_input,
)
from myna.speech.transcripts import Transcript

if TYPE_CHECKING:
    from myna.cli.servers import Server
    from myna.client import AsyncMyna
    from myna.providers.protocols import Provider


@dataclass(frozen=True, slots=True)
class Manner:
    """How recordings are listened to.

    Attributes:
        model: model or engine.
        language: of what is said; None leaves it to the engine.
        keyterms: words that are likely to be said.
        format: of files without a container; None where they tell themselves.
    """

    model: str = "ink-whisper"
    language: str | None = None
    keyterms: tuple[str, ...] = ()
    format: InputFormat | None = None


@dataclass(frozen=True, slots=True)
class Wish:
    """What becomes of the transcripts.

    Attributes:
        form: of the text.
        output: a file, a folder, `-`, or None for standard output.
        words: each word by itself.
        quiet: no remarks and no progress.
    """

    form: TranscriptFormat
    output: Path | None = None
    words: bool = False
    quiet: bool = False


def manner_of(
    model: str, language: str | None, keyterms: Sequence[str], encoding: str | None, rate: int | None
) -> Manner:
    """How to listen, as far as it can be checked beforehand.

    Raises:
        InvalidRequest: `language` is not a language tag.
        UnsupportedInput: there is no such encoding or rate.
    """
    tag = None if language is None else normalize_tag(voices.language_named(language))
    return Manner(model, tag, tuple(keyterms), input_format(encoding, rate))


def input_format(encoding: str | None, rate: int | None) -> InputFormat | None:
    """The format of audio without a container; None where neither is given.

    Raises:
        UnsupportedInput: there is no such encoding or rate.
    """
    if encoding is None and rate is None:
        return None
    return check_input(InputFormat(encoding or "pcm_s16le", 16000 if rate is None else rate))


def transcribe(server: Server, files: Sequence[Path], manner: Manner, wish: Wish) -> int:
    """Write recordings down, and return the exit status: 1 where one of them failed.

    Args:
        server: who listens.
        files: the recordings; `-` is standard input.
        manner: how to listen.
        wish: where the transcripts go.

    Raises:
        UsageError: the transcripts cannot be written there.
        MynaError: none of them could be done for the same reason.
    """
    with ExitStack() as stack:
        every = recordings(files, stack)
        shelf = Shelf(wish.output, wish.form, every)
        bars = stack.enter_context(Bars(len(every), quiet=wish.quiet))
        together = Together(bars)
        work = _Work(manner, wish, shelf, together)
        status = asyncio.run(unless_stopped(work.all(server, every)))
    return status or (terminal.FAILED if together.failed else terminal.OK)


class _Ears(Protocol):
    """What listens."""

    async def transcribe(self, path: Path, manner: Manner, told: Told) -> Transcript: ...


class _Work:
    def __init__(self, manner: Manner, wish: Wish, shelf: Shelf, together: Together) -> None:
        self._manner = manner
        self._wish = wish
        self._shelf = shelf
        self._together = together

    async def all(self, server: Server, every: Sequence[Recording]) -> None:
        """Write all of them down."""
        async with _ears(server) as ears:

            async def one(recording: Recording, told: Told) -> str:
                heard = await ears.transcribe(recording.path, self._manner, told)
                return self._written(recording, heard)

            await self._together.run(every, one, self._put if self._shelf.ordered else _keep)

    def _written(self, recording: Recording, heard: Transcript) -> str:
        wish = self._wish
        text = written(
            heard, wish.form, file=recording.name, language=self._manner.language, words=wish.words
        )
        if not self._shelf.ordered:
            path = self._shelf.put(recording, text)
            if not wish.quiet:
                terminal.remark(f"{path}: {terminal.clock(heard.seconds)} of {recording.name}.")
        return text

    def _put(self, recording: Recording, text: str) -> None:
        self._shelf.put(recording, text)


def _keep(recording: Recording, text: str) -> None:
    """It is where it belongs already."""


@asynccontextmanager
async def _ears(server: Server) -> AsyncIterator[_Ears]:
    if not server.is_here:
        async with server.asynchronous() as client:
            yield _There(client)
        return
    provider = server.provider()
    try:
        await provider.start()
        yield _Here(provider)
    finally:
        await provider.aclose()


class _Here:
    """Listens with the engines of this machine."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def transcribe(self, path: Path, manner: Manner, told: Told) -> Transcript:
        heard = Transcript()
        request = TranscriptionRequest(path, manner.format, manner.model, manner.language, manner.keyterms)
        events = cast("AsyncGenerator[TranscriptionEvent, None]", self._provider.transcribe(request))
        async with aclosing(events):
            async for event in events:
                heard.add(event)
                if isinstance(event, Progress):
                    told(event.seconds, event.total)
        return heard


class _There:
    """Has a server listen; what it hears comes at once, at the end."""

    def __init__(self, client: AsyncMyna) -> None:
        self._client = client

    async def transcribe(self, path: Path, manner: Manner, told: Told) -> Transcript:
        if manner.keyterms:
            raise UsageError("Servers take no --keyterm for recordings; leave it out, or --base-url.")
        format = manner.format
        answer = await self._client.stt.transcribe(
            path,
            model=manner.model,
            language=manner.language,
            encoding=format.encoding if format else None,
            sample_rate=format.sample_rate if format else None,
            timestamp_granularities=["word"],
        )
        words = tuple(TimedWord(word.word, word.start, word.end) for word in answer.words or ())
        seconds = answer.duration or (words[-1].end if words else 0.0)
        return Transcript([Final(answer.text, words, 0.0, seconds, answer.language)], seconds)
