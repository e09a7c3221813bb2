"""The options of the command that changes voices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument, Option

from myna.cli.hearing_options import InputEncoding

_SOUND, _RAW = "File", "Audio without a header"

Recordings = Annotated[
    list[Path] | None,
    Argument(metavar="FILE", help="Recordings or videos in any format; `-` is standard input."),
]
Voice = Annotated[
    str,
    Option("--voice", "-v", metavar="NAME", help="Whose voice it gets; see `myna voices`."),
]
Live = Annotated[
    bool,
    Option(
        "--live",
        help="Standard input, or the microphone, to standard output, or the loudspeaker, while it is said.",
    ),
]
Out = Annotated[
    Path | None,
    Option(
        "--output",
        "-o",
        metavar="FILE|FOLDER",
        help="Write this file, or one for each recording into this folder; `-` is standard output. "
        "Usually the name of the recording and the voice.",
    ),
]
Rate = Annotated[
    int | None,
    Option(
        metavar="HZ",
        help="Sample rate; usually 22050, of an mp3 44100. With --live, of what comes in and what goes out.",
        rich_help_panel=_SOUND,
    ),
]
Encoding = Annotated[
    InputEncoding | None,
    Option(
        "--encoding",
        metavar="NAME",
        help="Of samples; usually pcm_s16le. With --live, of what comes in and what goes out.",
        rich_help_panel=_SOUND,
    ),
]
InEncoding = Annotated[
    InputEncoding | None,
    Option("--input-encoding", metavar="NAME", help="Of samples without a header.", rich_help_panel=_RAW),
]
InRate = Annotated[
    int | None,
    Option("--input-rate", metavar="HZ", help="Their sample rate.", rich_help_panel=_RAW),
]
