"""`myna say`: from text to a file, the loudspeaker, or both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from myna.cli import terminal, voices
from myna.cli.files import STANDARD_OUTPUT, AudioFile, Target
from myna.cli.loudspeaker import Loudspeaker
from myna.cli.saying import Manner, Speaker
from myna.cli.script import Script
from myna.cli.stopping import unless_stopped
from myna.providers.local.emotions import EMOTIONS
from myna.speech.errors import NotOffered, UsageError
from myna.speech.languages import normalize_tag
from myna.speech.subtitles import WRITERS, cues

if TYPE_CHECKING:
    from myna.cli.servers import Server
    from myna.speech.formats import OutputFormat

LONG = 400
"""Characters from which on a text is worth a progress bar."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Where the sound of a script shall go.

    Attributes:
        output: the file; None for a default name, or for none while playing.
        format: of the file.
        play: whether to play it on this machine.
        subtitles: where to write subtitles; the extension says which kind.
        quiet: no remarks and no progress bar.
    """

    output: Path | None
    format: OutputFormat
    play: bool = False
    subtitles: Path | None = None
    quiet: bool = False

    def check(self) -> None:
        """Find out what cannot be before anything is spoken.

        Raises:
            UsageError: subtitles of an unknown kind.
        """
        if self.subtitles is not None and self.subtitles.suffix.lower() not in WRITERS:
            raise UsageError(
                f"Subtitles are .srt or .vtt files, not {self.subtitles.name}; name one of these."
            )


def manner_of(
    server: Server,
    voice: str | None,
    model: str,
    language: str | None,
    speed: float | None,
    volume: float | None,
    emotion: str | None,
) -> Manner:
    """Who speaks and how, with the voice found by name and the rest checked.

    Raises:
        VoiceNotFound: there is no such voice.
        InvalidRequest: `language` is not a language tag.
        UsageError: there is no such emotion.
    """
    if emotion is not None and emotion.strip().lower() not in EMOTIONS:
        close = get_close_matches(emotion.strip().lower(), EMOTIONS, n=2)
        hint = f"did you mean {' or '.join(close)}?" if close else "try happy, sad, angry, calm or scared."
        raise UsageError(f"There is no emotion {emotion[:40]!r}; {hint}")
    tag = None if language is None else normalize_tag(voices.language_named(language))
    chosen = voices.picked(server, voice, tag)
    return Manner(chosen, model, tag, speed, volume, emotion and emotion.strip().lower())


def say(server: Server, script: Script, manner: Manner, wish: Wish) -> int:
    """Speak, and return the exit status.

    Args:
        server: what speaks.
        script: the text.
        manner: who speaks, and how.
        wish: where it goes.

    Raises:
        MynaError: it could not be done.
    """
    with ExitStack() as stack:
        loudspeaker = _loudspeaker(wish, stack)
        file = None
        if wish.output is not None or loudspeaker is None:
            path = wish.output or Path(f"speech.{wish.format.container}")
            file = stack.enter_context(AudioFile(path, wish.format))
        rate = wish.format.sample_rate if loudspeaker is None else loudspeaker.sample_rate
        speaker = Speaker(manner, rate, file, loudspeaker)
        if wish.subtitles is not None:
            stack.callback(_write_subtitles, Target(wish.subtitles), speaker)
        if not wish.quiet:
            stack.enter_context(_progress(speaker, script))
        status = asyncio.run(unless_stopped(_run(server, speaker, script)))
    if not (status or speaker.seconds):
        raise UsageError("Nothing in the text is to be heard, so no file is written; give some words.")
    if not wish.quiet or status:
        _report(speaker, wish, status)
    return status


async def _run(server: Server, speaker: Speaker, script: Script) -> None:
    async with server.asynchronous() as client:
        await speaker.speak(client, script)


def _loudspeaker(wish: Wish, stack: ExitStack) -> Loudspeaker | None:
    if not wish.play:
        return None
    try:
        loudspeaker = Loudspeaker()
    except NotOffered as error:
        terminal.warn(f"{error.message.rstrip('.')}: writing a file instead.")
        return None
    stack.callback(loudspeaker.close)
    return loudspeaker


def _write_subtitles(target: Target, speaker: Speaker) -> None:
    try:
        if speaker.words:
            heard = [word for word in speaker.words if word.start < speaker.seconds]
            target.write(WRITERS[target.path.suffix.lower()](cues(heard)).encode())
    finally:
        target.close()


@contextmanager
def _progress(speaker: Speaker, script: Script) -> Iterator[None]:
    if not terminal.interactive() or (script.length is not None and script.length < LONG):
        yield
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn

    known = (BarColumn(), TaskProgressColumn()) if script.length else ()
    columns = (
        SpinnerColumn(),
        TextColumn("Speaking"),
        *known,
        TextColumn("[cyan]{task.fields[heard]}[/] of audio"),
    )
    with Progress(*columns, console=terminal.remarks(), transient=True) as bars:
        bar = bars.add_task("", total=script.length, heard="0:00")

        def show(characters: int, seconds: float) -> None:
            completed = min(characters, script.length or characters)
            bars.update(bar, completed=completed, heard=terminal.clock(seconds))

        speaker.progress = show
        yield


def _report(speaker: Speaker, wish: Wish, status: int) -> None:
    length = f"{speaker.seconds:.1f} s" if speaker.seconds < 60 else terminal.clock(speaker.seconds)
    if status:
        kept = f"; {speaker.file.path} holds the first {length}" if speaker.file and speaker.seconds else ""
        terminal.remark(f"stopped{kept}.")
        return
    made = [
        str(path)
        for path in (speaker.file and speaker.file.path, wish.subtitles)
        if path not in (None, STANDARD_OUTPUT)
    ]
    if made:
        terminal.remark(f"{' and '.join(made)}: {length} of speech.")
