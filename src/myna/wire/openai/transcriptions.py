"""`POST /v1/audio/transcriptions`: what is asked for, and the answer in each format."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

from myna.speech import subtitles
from myna.speech.errors import InvalidRequest, UnsupportedFormat
from myna.speech.languages import WIRE_LANGUAGES, normalize_tag, primary
from myna.speech.listening import Final
from myna.speech.transcripts import Transcript
from myna.wire.cartesia.listening.messages import Word
from myna.wire.cartesia.transcriptions import (
    DEFAULT_LANGUAGE,
    GRANULARITIES,
    clock,
    granularities_of,
    model_of,
)
from myna.wire.openai.speech import Usage, usage

MEDIA_TYPES = {
    "json": "application/json",
    "verbose_json": "application/json",
    "text": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
}
"""The formats of answers, with their `Content-Type`."""
VTT_HEAD = b"WEBVTT\n"
"""What an answer in VTT begins with, whatever follows."""

LONGEST_TERM = 5
"""Words of a prompt between two commas that still are a name rather than a sentence."""
MOST_TERMS = 60

_NAMES = {name.lower(): code for code, name in WIRE_LANGUAGES.items()}
_BREAKS = re.compile(r"[,;:\n.!?]+")


class OpenAiTranscriptionForm(Struct, kw_only=True):
    """The text parts; the part `file` is the recording.

    The words of a short `prompt`, divided by commas, are taken for names that are likely to be said, as
    `keywords[]` are. `temperature`, `chunking_strategy` and `include[]` are taken and change nothing.
    """

    model: str
    language: str = ""
    prompt: str = ""
    response_format: str = "json"
    temperature: str = ""
    chunking_strategy: str = ""
    stream: str = ""
    timestamp_granularities: list[str] = field(default_factory=list, name=GRANULARITIES)
    keywords: list[str] = field(default_factory=list, name="keywords[]")
    include: list[str] = field(default_factory=list, name="include[]")

    @classmethod
    def of(cls, parts: Iterable[tuple[str, str]]) -> OpenAiTranscriptionForm:
        """The parts that are known; others do no harm.

        Raises:
            InvalidRequest: one is missing, or has a value that cannot be.
            UnsupportedFormat: there is no such format.
        """
        parts = list(parts)
        texts = dict(parts)
        wanted = texts.get("response_format", "").strip() or "json"
        if wanted not in MEDIA_TYPES:
            why = "; nobody is told apart here" if wanted == "diarized_json" else ""
            raise UnsupportedFormat(
                f"response_format cannot be {wanted[:40]!r}{why}; use one of {', '.join(MEDIA_TYPES)}."
            )
        stream = texts.get("stream", "").strip().lower()
        if stream not in ("", "true", "false", "1", "0"):
            raise InvalidRequest(f"stream cannot be {stream[:40]!r}; use true or false.")
        return cls(
            model=model_of(texts),
            language=_language(texts.get("language", "")),
            prompt=texts.get("prompt", ""),
            response_format=wanted,
            stream=stream,
            timestamp_granularities=granularities_of(parts, ("word", "segment")),
            keywords=[value for name, value in parts if name in ("keywords[]", "keywords")],
        )

    @property
    def streams(self) -> bool:
        """Whether the answer is a stream of events."""
        return self.stream in ("true", "1")

    @property
    def keyterms(self) -> tuple[str, ...]:
        """Names that are likely to be said."""
        terms = [term.strip() for term in (*_BREAKS.split(self.prompt), *self.keywords)]
        short = [term for term in terms if term and len(term) <= 80 and len(term.split()) <= LONGEST_TERM]
        return tuple(dict.fromkeys(short)) if len(short) <= MOST_TERMS else ()


class DurationUsage(Struct, kw_only=True):
    """What was used: seconds of audio."""

    seconds: float
    type: str = "duration"


class Transcription(Struct, kw_only=True):
    """The answer in JSON: what OpenAI's clients read, and all that Cartesia's do."""

    text: str
    usage: DurationUsage
    duration: float
    request_id: str
    type: str = "transcript"
    is_final: bool = True
    language: str | UnsetType = UNSET
    words: list[Word] | UnsetType = UNSET


class Segment(Struct, kw_only=True):
    """A stretch between two silences.

    Myna's engines give no likelihoods: `avg_logprob` and `no_speech_prob` are 0, `tokens` empty.
    """

    id: int
    start: float
    end: float
    text: str
    compression_ratio: float
    seek: int = 0
    tokens: list[int] = field(default_factory=list)
    temperature: float = 0.0
    avg_logprob: float = 0.0
    no_speech_prob: float = 0.0


class VerboseTranscription(Struct, kw_only=True):
    """The answer in `verbose_json`."""

    language: str
    duration: float
    text: str
    usage: DurationUsage
    task: str = "transcribe"
    segments: list[Segment] | UnsetType = UNSET
    words: list[Word] | UnsetType = UNSET


class TextDelta(Struct, kw_only=True, tag_field="type", tag="transcript.text.delta"):
    """More text."""

    delta: str


class TextDone(Struct, kw_only=True, tag_field="type", tag="transcript.text.done"):
    """All of the text."""

    text: str
    usage: Usage


def told(heard: Transcript, form: OpenAiTranscriptionForm, request_id: str) -> bytes:
    """The answer in the format that is asked for."""
    if form.response_format == "text":
        return f"{heard.text}\n".encode()
    if form.response_format in ("srt", "vtt"):
        cues = subtitles.cues(heard.words)
        return (subtitles.srt(cues) if form.response_format == "srt" else subtitles.vtt(cues)).encode()
    if form.response_format == "verbose_json":
        return msgspec.json.encode(_verbose(heard, form))
    words = "word" in form.timestamp_granularities
    return msgspec.json.encode(
        Transcription(
            text=heard.text,
            usage=DurationUsage(seconds=clock(heard.seconds)),
            duration=clock(heard.seconds),
            request_id=request_id,
            language=heard.language or form.language or DEFAULT_LANGUAGE,
            words=_words(heard) if words else UNSET,
        )
    )


def done(heard: Transcript) -> TextDone:
    """The event that ends a stream."""
    text = heard.text
    return TextDone(text=text, usage=usage(len(text.split()), heard.seconds, spoken=False))


def _verbose(heard: Transcript, form: OpenAiTranscriptionForm) -> VerboseTranscription:
    wanted = form.timestamp_granularities or ["segment"]
    tag = heard.language or form.language or DEFAULT_LANGUAGE
    segments = [_segment(number, final) for number, final in enumerate(heard.finals)]
    return VerboseTranscription(
        language=WIRE_LANGUAGES.get(primary(tag), tag).lower(),
        duration=clock(heard.seconds),
        text=heard.text,
        usage=DurationUsage(seconds=clock(heard.seconds)),
        segments=segments if "segment" in wanted else UNSET,
        words=_words(heard) if "word" in wanted else UNSET,
    )


def _segment(number: int, final: Final) -> Segment:
    data = final.text.encode()
    return Segment(
        id=number,
        start=clock(final.words[0].start if final.words else final.start),
        end=clock(final.words[-1].end if final.words else final.until),
        text=final.text,
        compression_ratio=round(len(data) / len(zlib.compress(data)), 3),
    )


def _words(heard: Transcript) -> list[Word]:
    return [Word(word=word.text, start=clock(word.start), end=clock(word.end)) for word in heard.words]


def _language(given: str) -> str:
    given = given.strip()
    return _NAMES.get(given.lower()) or (normalize_tag(given) if given else "")
