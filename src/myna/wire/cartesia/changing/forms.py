"""`POST /voice-changer/bytes` and `/voice-changer/sse`: what is asked for a recording."""

from __future__ import annotations

from msgspec import field

from myna.speech.formats import OutputFormat
from myna.speech.listening import InputFormat
from myna.speech.voices import VoiceChoice
from myna.wire.cartesia.forms import FormatParts, Parts, format_of, voice_of
from myna.wire.cartesia.transcriptions import input_format


class ChangingForm(FormatParts, kw_only=True):
    """The text parts; the part `clip` is the recording.

    The parts `encoding` and `sample_rate` are those of a recording without a container; they may stand in
    the query too.
    """

    voice_id: str = field(name="voice[id]")


def read_changing(parts: Parts, query: Parts) -> tuple[VoiceChoice, OutputFormat, InputFormat | None]:
    """Whose voice is wanted, in which format, and that of a recording without a container.

    Parts that are not known do no harm.

    Raises:
        InvalidRequest: one is missing, or has a value that cannot be.
        UnsupportedFormat: there is no such format.
    """
    parts = list(parts)
    return voice_of(parts), format_of(parts), input_format({**dict(parts), **dict(query)})
