"""The options of the commands: their types, names and what the help says of them."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from typer import Argument, Option


class Container(StrEnum):
    """Formats of audio files."""

    wav = "wav"
    mp3 = "mp3"
    raw = "raw"


class Encoding(StrEnum):
    """Encodings of samples."""

    pcm_s16le = "pcm_s16le"
    pcm_f32le = "pcm_f32le"
    pcm_mulaw = "pcm_mulaw"
    pcm_alaw = "pcm_alaw"


class Certificate(StrEnum):
    """Ways to a TLS certificate."""

    self_signed = "self-signed"


class Addresses(StrEnum):
    """Where a server may fetch from."""

    public = "public"
    any = "any"


class Scope(StrEnum):
    """What a key can be allowed."""

    tts = "tts"
    stt = "stt"
    voices = "voices"
    dictionaries = "dictionaries"
    tokens = "tokens"


class LogLevel(StrEnum):
    """How much a server tells."""

    debug = "debug"
    info = "info"
    warning = "warning"
    error = "error"


_HOW, _FILE, _SERVER, _KEPT, _LIMITS = "How it sounds", "File", "Server", "What is kept", "Limits"

# Whom to ask.

BaseUrl = Annotated[
    str | None,
    Option(
        envvar="MYNA_BASE_URL",
        metavar="URL",
        help="Use this server instead of this machine.",
        rich_help_panel=_SERVER,
    ),
]
ApiKey = Annotated[
    str | None,
    Option(envvar="MYNA_API_KEY", metavar="KEY", help="Key for that server.", rich_help_panel=_SERVER),
]

# What to say, and where to.

Text = Annotated[
    str | None,
    Argument(help="What to say. `-`, or a pipe and no text, reads standard input.", metavar="TEXT"),
]
Source = Annotated[Path | None, Option("--file", "-f", metavar="FILE", help="Say what is in this text file.")]
Output = Annotated[
    Path | None,
    Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write a .wav, .mp3 or .raw file; `-` is standard output. Usually speech.wav.",
    ),
]
Play = Annotated[bool, Option("--play", "-p", help="Play it here.")]
Quiet = Annotated[bool, Option("--quiet", "-q", help="No remarks, no progress.")]
Debug = Annotated[bool, Option("--debug", help="On an error, show where it happened.")]

# How it sounds.

VoiceName = Annotated[
    str | None,
    Option("--voice", "-v", metavar="NAME", help="Name or id; see `myna voices`.", rich_help_panel=_HOW),
]
TextLanguage = Annotated[
    str | None,
    Option("--language", "-l", metavar="TAG", help="Of the text, such as de or pt-BR.", rich_help_panel=_HOW),
]
Model = Annotated[
    str,
    Option("--model", "-m", metavar="ID", help="Model, or an engine: espeak, flite.", rich_help_panel=_HOW),
]
Speed = Annotated[
    float | None,
    Option(min=0.6, max=1.5, metavar="FACTOR", help="Tempo; 1 is usual.", rich_help_panel=_HOW),
]
Volume = Annotated[
    float | None,
    Option(min=0.5, max=2.0, metavar="FACTOR", help="Loudness; 1 is usual.", rich_help_panel=_HOW),
]
Emotion = Annotated[
    str | None,
    Option(metavar="NAME", help="Such as excited, content, sad, angry or scared.", rich_help_panel=_HOW),
]

# The file.

Subtitles = Annotated[
    Path | None,
    Option(metavar="FILE", help="Also write subtitles, .srt or .vtt.", rich_help_panel=_FILE),
]
Format = Annotated[
    Container | None, Option("--format", help="Instead of what the name says.", rich_help_panel=_FILE)
]
Rate = Annotated[
    int | None,
    Option(metavar="HZ", help="Sample rate; usually 22050, of an mp3 44100.", rich_help_panel=_FILE),
]
SampleEncoding = Annotated[
    Encoding | None,
    Option(
        "--encoding",
        metavar="NAME",
        help="Of samples: pcm_s16le (usually), pcm_f32le, pcm_mulaw, pcm_alaw.",
        rich_help_panel=_FILE,
    ),
]
BitRate = Annotated[
    int | None,
    Option(metavar="BIT/S", help="Of an mp3; usually 128000.", rich_help_panel=_FILE),
]

# Serving.

Host = Annotated[str, Option(metavar="ADDRESS", help="Address to listen on.")]
Port = Annotated[int, Option("--port", "-p", metavar="N", help="Port; 0 takes a free one.")]
Keys = Annotated[
    list[str] | None,
    Option(
        "--api-key",
        envvar="MYNA_SERVER_KEYS",
        metavar="KEY",
        help="Key that clients must show; may be given several times.",
    ),
]
Tls = Annotated[Certificate | None, Option(help="Speak TLS with a certificate made here.")]
Data = Annotated[
    Path | None,
    Option(metavar="FOLDER", help="Folder for what is kept.", file_okay=False, rich_help_panel=_KEPT),
]
Database = Annotated[
    str | None,
    Option(
        envvar="MYNA_DATABASE",
        metavar="URL",
        help="postgresql://… instead of a file in that folder.",
        rich_help_panel=_KEPT,
    ),
]
Clips = Annotated[
    str | None,
    Option(
        envvar="MYNA_CLIPS",
        metavar="URL",
        help="s3://… for recordings instead of that folder.",
        rich_help_panel=_KEPT,
    ),
]
RequireConsent = Annotated[
    bool, Option("--require-consent", help="Clone only where the speaker's consent is declared.")
]
CloneFromUrls = Annotated[
    Addresses | None,
    Option(help="Fetch recordings to clone from where a client says: public addresses only, or any."),
]
ContextsPerKey = Annotated[
    int,
    Option(
        min=1,
        metavar="N",
        help="Texts, streams and recordings at once with one key.",
        rich_help_panel=_LIMITS,
    ),
]
SocketsPerKey = Annotated[
    int | None,
    Option(min=1, metavar="N", help="WebSockets of one key; usually ten per text.", rich_help_panel=_LIMITS),
]
RequestsPerMinute = Annotated[
    int | None, Option(min=1, metavar="N", help="Requests with one key.", rich_help_panel=_LIMITS)
]
Workers = Annotated[int | None, Option(min=1, metavar="N", help="Engine processes; usually one per core.")]
AnyModel = Annotated[bool, Option("--any-model", help="Take unknown model ids for the default.")]
WhisperModels = Annotated[
    list[str] | None,
    Option(
        "--whisper-model",
        metavar="NAME|FOLDER",
        help="Whisper model that clients may ask for, beside tiny, base and the like; may be repeated.",
    ),
]
LongestRecording = Annotated[
    float, Option(min=1.0, metavar="S", help="Longest recording to write down.", rich_help_panel=_LIMITS)
]
Cors = Annotated[
    list[str] | None,
    Option(metavar="ORIGIN", help="Web origin that may call, any if not given; may be repeated."),
]
Logging = Annotated[LogLevel, Option("--log-level", help="How much to log on standard error.")]

# Making voices.

Clip = Annotated[
    Path,
    Argument(
        metavar="FILE", help="A recording: wav, mp3, m4a, ogg, opus, flac, webm; `-` is standard input."
    ),
]
Named = Annotated[str, Option("--name", "-n", metavar="NAME", help="What to call the voice.")]
NamedPerhaps = Annotated[
    str | None, Option("--name", "-n", metavar="NAME", help="What to call the voice; else the file says it.")
]
DescribedPerhaps = Annotated[
    str | None, Option("--description", metavar="TEXT", help="A sentence about the voice.")
]
Described = Annotated[str, Option("--description", metavar="TEXT", help="A sentence about the voice.")]
ClipLanguage = Annotated[
    str | None, Option("--language", "-l", metavar="TAG", help="Of the recording, such as de; usually en.")
]
Enhance = Annotated[bool, Option("--enhance", help="Take noise out of the recording first.")]
Consent = Annotated[bool, Option("--consent", help="Declare that the person who is heard agrees.")]
Transcript = Annotated[
    str | None, Option("--transcript", metavar="TEXT", help="What is said in the recording, if you know it.")
]
Accent = Annotated[
    str | None, Option("--accent", metavar="ID", help="Accent to speak with, such as british or parisian.")
]
Base = Annotated[
    str | None, Option("--base", metavar="VOICE", help="Voice to start from; usually the nearest.")
]
Parts = Annotated[list[str], Argument(metavar="VOICE=WEIGHT...", help="Names or ids, with a weight each.")]
NativeLanguage = Annotated[
    str | None, Option("--language", "-l", metavar="TAG", help="The new voice speaks natively, such as de.")
]
Dialect = Annotated[
    str | None, Option("--dialect", metavar="CODE", help="Region of the language, such as us, uk, mx, br.")
]
Doomed = Annotated[list[str], Argument(metavar="VOICE...", help="Names or ids.")]
Yes = Annotated[bool, Option("--yes", "-y", help="Do not ask.")]
Numbers = Annotated[
    Path,
    Argument(
        metavar="FILE", help="JSON with 192 numbers, as `myna voices embed` prints; `-` is standard input."
    ),
]
Parcel = Annotated[Path, Argument(metavar="FILE", help="What `myna voices export` wrote.")]
ParcelOut = Annotated[
    Path | None, Option("--output", "-o", metavar="FILE", help="Usually the voice's name with .myna-voice.")
]
Anew = Annotated[bool, Option("--anew", help="Keep it under a new id, as a second voice.")]
Preview = Annotated[
    Path | None, Option("--output", "-o", metavar="FILE", help="Usually the voice's name with .wav.")
]

# Keys.

KeyName = Annotated[str, Argument(help="What to call it.", metavar="NAME")]
KeyId = Annotated[str, Argument(help="Its id; `myna keys list` shows it.", metavar="ID")]
Scopes = Annotated[
    list[Scope] | None,
    Option("--scope", help="What it is allowed, everything if not given; may repeat."),
]
Contexts = Annotated[
    int | None,
    Option(
        min=1,
        metavar="N",
        help="Texts, streams and recordings at once; usually the server's.",
        rich_help_panel=_LIMITS,
    ),
]
Sockets = Annotated[
    int | None,
    Option(min=1, metavar="N", help="Open WebSockets; usually ten per text.", rich_help_panel=_LIMITS),
]
Requests = Annotated[
    int | None,
    Option(min=1, metavar="N", help="Requests a minute; usually the server's.", rich_help_panel=_LIMITS),
]
Owner = Annotated[
    str | None,
    Option(metavar="NAME", help="Whose voices and dictionaries it sees; its own if not given."),
]

# Choosing voices.

Mine = Annotated[bool, Option("--mine", help="Only voices of your own.")]
DataHere = Annotated[
    Path | None,
    Option(
        "--data",
        metavar="FOLDER",
        help="Folder of this machine's library.",
        file_okay=False,
        rich_help_panel=_SERVER,
    ),
]

Language = Annotated[
    str | None, Option("--language", "-l", metavar="TAG", help="Language, such as de, pt-BR or German.")
]
Gender = Annotated[
    str | None, Option("--gender", "-g", metavar="WORD", help="feminine, masculine or neutral.")
]
Search = Annotated[
    str | None, Option("--search", "-s", metavar="WORDS", help="Words of the name or description.")
]
Wanted = Annotated[str, Argument(help="Name or id.", metavar="VOICE")]
Json = Annotated[bool, Option("--json", help="Print JSON.")]
