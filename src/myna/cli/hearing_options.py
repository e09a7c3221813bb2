"""The options of the commands that listen."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Option


class TranscriptFormat(StrEnum):
    """Forms of a transcript."""

    text = "text"
    json = "json"
    srt = "srt"
    vtt = "vtt"

    @property
    def suffix(self) -> str:
        """Of the files that hold it."""
        return ".txt" if self is TranscriptFormat.text else f".{self.value}"


class EventFormat(StrEnum):
    """Forms of what is heard live."""

    text = "text"
    json = "json"


class InputEncoding(StrEnum):
    """Encodings of audio without a container."""

    pcm_s16le = "pcm_s16le"
    pcm_s32le = "pcm_s32le"
    pcm_f16le = "pcm_f16le"
    pcm_f32le = "pcm_f32le"
    pcm_mulaw = "pcm_mulaw"
    pcm_alaw = "pcm_alaw"


_HEARD, _RAW = "How it is heard", "Audio without a header"

Recordings = Annotated[
    list[Path],
    Argument(metavar="FILE", help="Recordings or videos in any format; `-` is standard input."),
]
Live = Annotated[
    str | None,
    Argument(metavar="[-]", help="`-`, or a pipe, is audio on standard input; else the microphone is heard."),
]
Form = Annotated[
    TranscriptFormat | None,
    Option("--format", "-f", help="Of the transcript; usually what the name of the output says, else text."),
]
EventForm = Annotated[EventFormat, Option("--format", "-f", help="Lines of text, or every event as JSON.")]
Out = Annotated[
    Path | None,
    Option(
        "--output",
        "-o",
        metavar="FILE|FOLDER",
        help="Write into this file, or one file for each recording into this folder.",
    ),
]
Words = Annotated[bool, Option("--words", "-w", help="Each word by itself, with its times.")]
ByTurns = Annotated[bool, Option("--turns", help="Find the turns of a talk, instead of pauses only.")]
Spoken = Annotated[
    str | None,
    Option("--language", "-l", metavar="TAG", help="That is spoken; usually en.", rich_help_panel=_HEARD),
]
Ears = Annotated[
    str,
    Option(
        "--model",
        "-m",
        metavar="ID",
        help="Model, or an engine: sphinx, faster-whisper:NAME.",
        rich_help_panel=_HEARD,
    ),
]
Keyterms = Annotated[
    list[str] | None,
    Option(
        "--keyterm",
        "-k",
        metavar="WORDS",
        help="A name or words that are likely to be said; may be repeated.",
        rich_help_panel=_HEARD,
    ),
]
RawEncoding = Annotated[
    InputEncoding | None,
    Option("--encoding", help="Of the samples; pcm_s16le where --rate is given.", rich_help_panel=_RAW),
]
RawRate = Annotated[
    int | None,
    Option(
        "--rate", metavar="HZ", help="Sample rate; 16000 where --encoding is given.", rich_help_panel=_RAW
    ),
]
