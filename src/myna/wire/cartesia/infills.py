"""`POST /infill/bytes`: speech that is asked for between two recordings."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import field

from myna.speech.access import LOCAL, Caller
from myna.speech.errors import InvalidRequest
from myna.speech.requests import SpeechRequest
from myna.wire.cartesia.forms import FormatParts
from myna.wire.cartesia.messages import ExperimentalControls, SpeechFields, VoiceSpecifier
from myna.wire.cartesia.requests import speech_request, spoken_text

LEFT, RIGHT = "left_audio", "right_audio"
"""Names of the parts that are recordings."""
SPEED = "voice[__experimental_controls][speed]"
EMOTION = "voice[__experimental_controls][emotion][]"


class InfillForm(FormatParts, kw_only=True):
    """The text parts of `POST /infill/bytes`; `left_audio` and `right_audio` are recordings."""

    model_id: str
    transcript: str
    voice_id: str
    language: str | None = None
    control_speed: str | None = field(default=None, name=SPEED)
    control_emotion: list[str] | None = field(default=None, name=EMOTION)


def infill_speech(
    parts: Sequence[tuple[str, str]], version: str, caller: Caller = LOCAL
) -> tuple[SpeechRequest, str]:
    """Who is to speak, how, and what; unknown parts do no harm.

    Args:
        parts: names and values of the text parts.
        version: of the API.
        caller: who asks.

    Raises:
        InvalidRequest: a part is missing, or has a value that cannot be.
    """
    texts = {name: value.strip() for name, value in parts}
    if not texts.get("voice_id"):
        raise InvalidRequest("voice_id is missing; give the id of a voice, see GET /voices.")
    emotions = [value.strip() for name, value in parts if name in (EMOTION, EMOTION.removesuffix("[]"))]
    controls = ExperimentalControls(speed=_speed(texts.get(SPEED, "")), emotion=emotions or None)
    fields = SpeechFields(
        model_id=texts.get("model_id"),
        transcript=dict(parts).get("transcript"),
        voice=VoiceSpecifier(id=texts["voice_id"], experimental_controls=controls),
        language=texts.get("language") or None,
    )
    return speech_request(fields, version, caller), spoken_text(fields)


def _speed(text: str) -> float | str:
    """A number where it is one: in a form it comes as text."""
    try:
        return float(text)
    except ValueError:
        return text
