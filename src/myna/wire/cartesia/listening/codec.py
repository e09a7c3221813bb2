"""JSON to messages of servers that listen. The way back is `codec.encode_text` of the other sockets."""

from __future__ import annotations

from typing import Any

import msgspec

from myna.speech.errors import ProtocolViolation
from myna.wire.cartesia.listening.lifecycle import MOVES
from myna.wire.cartesia.listening.messages import HeardError, HeardMessage, UnknownHeard

_TYPES: dict[str, type[HeardMessage]] = {str(kind.__struct_config__.tag): kind for kind in MOVES}
_OBJECT: msgspec.json.Decoder[Any] = msgspec.json.Decoder()


def decode_heard(data: str | bytes) -> HeardMessage:
    """A server's message; fields that are not known stay on it as `unknown_fields`.

    Raises:
        ProtocolViolation: not a JSON object, or a known message without what makes it up.
    """
    try:
        fields = _OBJECT.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ProtocolViolation(f"The server sent something that is not JSON: {error}.") from None
    if not isinstance(fields, dict):
        raise ProtocolViolation("The server sent JSON that is not an object.")
    name = fields.get("type")
    if name is None and ("error" in fields or "message" in fields):
        name = fields["type"] = "error"
    if not isinstance(name, str):
        raise ProtocolViolation("The server sent a message without a type.")
    kind = _TYPES.get(name)
    if kind is None:
        request_id = fields.get("request_id")
        known = request_id if isinstance(request_id, str) else None
        return UnknownHeard(fields=fields, request_id=known)
    try:
        message = msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        if kind is HeardError:
            return HeardError(message=str(fields.get("message") or fields.get("error") or "unknown"))
        raise ProtocolViolation(f"The server sent a broken message: {error}.") from None
    unknown = fields.keys() - set(kind.__struct_fields__) - {"type"}
    if unknown:
        message.__dict__["unknown_fields"] = {each: fields[each] for each in unknown}
    return message
