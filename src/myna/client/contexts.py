"""The messages of a context: what a caller gave, filled up with what the context was made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from myna.client.errors import InvalidCall
from myna.client.sentinels import Omit
from myna.wire.cartesia.messages import GenerationRequest

VoiceParam = str | Mapping[str, Any]
"""A voice: its id, or an object with `id` or `embedding`."""
FormatParam = Mapping[str, Any]
"""An output format: `container`, `encoding` and `sample_rate`."""

DEFAULT_MODEL = "sonic-latest"
DEFAULT_FORMAT: dict[str, Any] = {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100}
DEFAULT_FILE: dict[str, Any] = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 24000}
FALLBACK_VOICE = "6ccbfb76-1fc6-48f7-b71d-91ac6298247b"
"""A clear English voice that every server knows; also stands in messages where no voice is looked at."""

_ENCODER = msgspec.json.Encoder()


@dataclass(slots=True)
class Defaults:
    """What every message of a context says unless told otherwise."""

    context_id: str
    model_id: str | None = None
    voice: VoiceParam | None = None
    output_format: FormatParam | None = None
    optional: dict[str, object] | None = None
    closed: bool = False

    def message(
        self,
        transcript: str,
        voice: VoiceParam,
        *,
        model_id: str | None,
        output_format: FormatParam | None,
        continue_: bool,
        given: Mapping[str, object],
        more: Mapping[str, object],
    ) -> dict[str, object]:
        """The fields of a generation request.

        Args:
            transcript: text, may be empty.
            voice: who speaks.
            model_id: None for the context's own.
            output_format: None for the context's own.
            continue_: whether more text may follow.
            given: optional fields: None suppresses the context's own, `omit` keeps it.
            more: fields to be sent as they are.

        Raises:
            InvalidCall: the context takes no more input.
        """
        if self.closed:
            raise InvalidCall(
                "Cannot send to completed context: no_more_inputs() was called; make a new context.",
                context_id=self.context_id,
            )
        fields: dict[str, object] = {
            "context_id": self.context_id,
            "model_id": model_id or self.model_id or DEFAULT_MODEL,
            "transcript": transcript,
            "voice": voice,
            "output_format": output_format or self.output_format or DEFAULT_FORMAT,
            "continue": continue_,
        }
        for name, value in {**(self.optional or {}), **_not_omitted(given)}.items():
            if value is not None:
                fields[name] = value
        fields.update(more)
        return fields

    def voice_or(self, voice: VoiceParam | Omit) -> VoiceParam:
        """The voice given, else the context's own.

        Raises:
            InvalidCall: there is neither.
        """
        if not isinstance(voice, Omit):
            return voice
        if self.voice is None:
            raise InvalidCall(
                "Context was initialized without required parameters (voice): "
                "give voice to context() or to push().",
                context_id=self.context_id,
            )
        return self.voice


def _not_omitted(given: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in given.items() if not isinstance(value, Omit)}


def outline(fields: Mapping[str, Any]) -> GenerationRequest:
    """What a message does to its context, for whoever keeps track of contexts."""
    context_id = fields.get("context_id")
    return GenerationRequest(
        context_id=context_id if isinstance(context_id, str) else None,
        transcript=fields.get("transcript"),
        continue_=bool(fields.get("continue")),
        flush=bool(fields.get("flush")),
        cancel=fields.get("cancel") is True,
    )


def cancel_fields(context_id: str | None) -> dict[str, object]:
    """The message that cancels a context."""
    return {"context_id": context_id, "cancel": True}


def message_text(fields: Mapping[str, Any]) -> str:
    """A message as JSON text.

    Raises:
        InvalidCall: a value has no form in JSON.
    """
    try:
        return _ENCODER.encode(fields).decode()
    except (TypeError, ValueError) as error:
        raise InvalidCall(f"The message cannot be written as JSON: {error}.") from None


def plain_fields(event: object) -> dict[str, Any]:
    """A message given as a mapping, as an object with `to_dict`, or as a pydantic model."""
    if isinstance(event, Mapping):
        given = _not_omitted(event)
        if "continue_" in given:
            given["continue"] = given.pop("continue_")
        return given
    for name in ("to_dict", "model_dump"):
        convert = getattr(event, name, None)
        if callable(convert):
            fields: dict[str, Any] = convert()
            return fields
    if isinstance(event, msgspec.Struct):
        converted: dict[str, Any] = msgspec.to_builtins(event)
        return converted
    raise InvalidCall(f"A message is a mapping or a model, not {type(event).__name__}.")
