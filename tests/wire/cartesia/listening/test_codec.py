"""Messages of servers that listen, as JSON and back."""

from __future__ import annotations

import pytest

from myna.speech.errors import ProtocolViolation
from myna.wire.cartesia.codec import encode_text
from myna.wire.cartesia.listening.codec import decode_heard
from myna.wire.cartesia.listening.lifecycle import MOVES
from myna.wire.cartesia.listening.messages import (
    HeardError,
    HeardMessage,
    Transcript,
    TurnEnded,
    UnknownHeard,
    Word,
)

FIELDS = {
    "text": "a b", "is_final": True, "duration": 1.5, "language": "en", "transcript": " a",
    "words": [Word(word="a", start=0.0, end=0.5)],
}  # fmt: skip


@pytest.mark.parametrize("kind", MOVES)
def test_round_trip(kind: type[HeardMessage]) -> None:
    given = {name: value for name, value in FIELDS.items() if name in kind.__struct_fields__}
    message = kind(request_id="r", **given)
    again = decode_heard(encode_text(message))
    assert (again, again.type, dict(again.unknown_fields)) == (message, message.type, {})


def test_what_is_not_known_is_kept() -> None:
    message = decode_heard('{"type":"transcript","text":"a","is_final":false,"confidence":0.5}')
    assert isinstance(message, Transcript) and message.interim
    assert message.unknown_fields == {"confidence": 0.5}
    assert "confidence" not in encode_text(message)
    unknown = decode_heard(b'{"type":"turn.mood","request_id":"r","mood":"calm"}')
    assert isinstance(unknown, UnknownHeard)
    assert (unknown.type, unknown.request_id, unknown.fields["mood"]) == ("turn.mood", "r", "calm")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ('{"type":"error","message":"Bad"}', "Bad"),
        ('{"error":"Title: Bad"}', "Title: Bad"),
        ('{"type":"error","error":"Bad","status_code":"many"}', "Bad"),
    ],
)
def test_errors_of_every_age(data: str, text: str) -> None:
    message = decode_heard(data)
    assert isinstance(message, HeardError)
    assert text in (message.message, message.error)


@pytest.mark.parametrize(
    "data", ["", "{", "[]", "7", "{}", '{"type":7}', '{"type":"turn.end"}', b"\xff", "[" * 9999]
)
def test_what_no_server_says(data: str | bytes) -> None:
    with pytest.raises(ProtocolViolation):
        decode_heard(data)


def test_only_what_is_superseded_is_interim() -> None:
    assert not Transcript(text="a", is_final=True).interim
    assert not TurnEnded(transcript="a").interim
    assert decode_heard('{"type":"turn.update","transcript":"a"}').interim
