"""JSON to messages and back, for both sides of the wire."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, TypeVar

import msgspec
from msgspec.json import Decoder, Encoder

from myna.speech.errors import InvalidRequest, ProtocolViolation
from myna.wire.cartesia.messages import (
    Error,
    GenerationRequest,
    ServerEvent,
    ServerMessage,
    Unknown,
)

Body = TypeVar("Body", bound=msgspec.Struct)

_EVENTS: Decoder[ServerMessage] = Decoder(ServerMessage)
_REQUESTS: Decoder[GenerationRequest] = Decoder(GenerationRequest)
_OBJECT: Decoder[Any] = Decoder()
_ENCODER = Encoder()

_NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def decode_body(data: bytes, kind: type[Body]) -> Body:
    """The JSON body of a request.

    Raises:
        InvalidRequest: not JSON, or a field has the wrong type.
    """
    try:
        body: Body = _decoder(kind).decode(data)
    except msgspec.ValidationError as error:
        raise InvalidRequest(_explain(error)) from None
    except _NOT_JSON as error:
        if (whole := _without_halves(data)) is None:
            raise InvalidRequest(_broken(error)) from None
        return decode_body(whole.encode(), kind)
    return body


@cache
def _decoder(kind: type[Body]) -> Decoder[Body]:
    return Decoder(kind)


def decode_request(data: str | bytes) -> GenerationRequest:
    """A client's message on the WebSocket.

    A message without text needs no valid voice, model or format, since clients close and flush with
    placeholders there: such a message is reduced to what it says about its context.

    Raises:
        InvalidRequest: with the `context_id` where one could be read.
    """
    try:
        request = _REQUESTS.decode(data)
    except msgspec.ValidationError as error:
        return _salvage(data, error)
    except _NOT_JSON as error:
        if (whole := _without_halves(data)) is None:
            raise InvalidRequest(_broken(error)) from None
        return decode_request(whole)
    return request


def decode_event(data: str | bytes) -> ServerEvent:
    """A server's message on the WebSocket, or the data of a server-sent event.

    Raises:
        ProtocolViolation: not a JSON object, or a known event without what makes it up; with the
            `context_id` where one could be read.
    """
    try:
        return _EVENTS.decode(data)
    except msgspec.ValidationError as error:
        return _unknown(data, error)
    except _NOT_JSON as error:
        raise ProtocolViolation(f"The server sent something that is not JSON: {error}.") from None


def encode(message: msgspec.Struct) -> bytes:
    """Any message or body as JSON."""
    return _ENCODER.encode(message)


def encode_text(message: msgspec.Struct) -> str:
    """Any message as the text of a WebSocket frame."""
    return _ENCODER.encode(message).decode()


def encode_sse(message: ServerMessage) -> bytes:
    """A server-sent event: its name, its object on one line, and the empty line that ends it."""
    return b"event: %b\ndata: %b\n\n" % (message.type.encode(), _ENCODER.encode(message))


def _without_halves(data: str | bytes) -> str | None:
    """JSON without halves of characters, which come of texts that are cut between the two of them.

    None where there are none of them, or where it is no JSON in other ways too.
    """
    try:
        parsed = json.loads(data)
        fresh = json.dumps(parsed, ensure_ascii=False)
    except (ValueError, RecursionError):
        return None
    cleaned = _HALF.sub("", fresh)
    return cleaned if cleaned != fresh else None


_HALF = re.compile("[\ud800-\udfff]")


def _salvage(data: str | bytes, error: msgspec.ValidationError) -> GenerationRequest:
    try:
        fields = _OBJECT.decode(data)
    except _NOT_JSON as broken:
        raise InvalidRequest(_broken(broken)) from None
    if not isinstance(fields, dict):
        raise InvalidRequest("A message must be a JSON object; send one per text frame.") from None
    context_id = _context_id(fields)
    bare = {
        "continue_": fields.get("continue"),
        "flush": fields.get("flush"),
        "cancel": fields.get("cancel"),
    }
    says_nothing = bare["cancel"] is True or fields.get("transcript") == ""
    if not says_nothing or not all(value is None or isinstance(value, bool) for value in bare.values()):
        raise InvalidRequest(_explain(error), context_id=context_id) from None
    return GenerationRequest(context_id=context_id, transcript="", **bare)


def _unknown(data: str | bytes, error: msgspec.ValidationError) -> ServerEvent:
    try:
        fields = _OBJECT.decode(data)
    except _NOT_JSON as broken:
        raise ProtocolViolation(f"The server sent something that is not JSON: {broken}.") from None
    if not isinstance(fields, dict):
        raise ProtocolViolation("The server sent JSON that is not an object.") from None
    context_id = _context_id(fields)
    kind = fields.get("type")
    if kind is None and "error" in fields:
        return Error(context_id=context_id, error=str(fields["error"]), message=str(fields["error"]))
    if not isinstance(kind, str) or kind in _KNOWN:
        raise ProtocolViolation(f"The server sent a broken event: {error}.", context_id=context_id) from None
    return Unknown(type=kind, fields=fields, context_id=context_id, done=fields.get("done") is True)


_KNOWN = frozenset({"chunk", "timestamps", "phoneme_timestamps", "flush_done", "done", "error"})


def _context_id(fields: dict[str, Any]) -> str | None:
    value = fields.get("context_id")
    return value if isinstance(value, str) else None


def _explain(error: msgspec.ValidationError) -> str:
    cause, _, path = str(error).partition(" - at `$")
    field = path.rstrip("`").lstrip(".")
    return f"{field}: {cause}.".replace("`", "'") if field else f"{cause}.".replace("`", "'")


def _broken(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "The text is not valid UTF-8; encode it as UTF-8."
    if isinstance(error, RecursionError):
        return "The JSON is nested too deeply; send the documented fields only."
    return f"The text is not valid JSON: {error}."
