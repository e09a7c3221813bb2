"""The text frames of clients that are listened to: bare words, or JSON objects with a `type`."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import msgspec

from myna.speech.errors import InvalidRequest
from myna.speech.listening import Turns, check_turns
from myna.wire.cartesia.listening.lifecycle import MANUAL
from myna.wire.cartesia.listening.messages import TurnCommand, TurnConfig
from myna.wire.cartesia.live.lifecycle import Lifecycle, Move

FINALIZE, DONE, CLOSE, CONFIG = "finalize", "done", "close", "config"
MOST_TEXT = 10_000
"""Characters of the longest text that is looked at."""

_MOVES = {FINALIZE: Move.FINALIZE, DONE: Move.LAST, CLOSE: Move.LAST, CONFIG: Move.CONFIG}
_DECODER = msgspec.json.Decoder(TurnCommand)


@dataclass(frozen=True, slots=True)
class Command:
    """What a client asks for; `turn` is what a `config` changes."""

    move: Move
    turn: TurnConfig | None = None


def read_command(text: str, lifecycle: Lifecycle) -> Command:
    """The command in a text frame.

    Raises:
        InvalidRequest: it is none, or none of this socket's.
    """
    word = text[:MOST_TEXT].strip().strip("\"'").strip()
    if word in _MOVES and word != CONFIG:
        command = Command(_MOVES[word])
    else:
        command = _read_object(text, lifecycle)
    if command.move not in (move for _, move in lifecycle.inputs):
        raise _no_command(text, lifecycle)
    return command


def command_text(word: str, lifecycle: Lifecycle, turn: TurnConfig | None = None) -> str:
    """The text frame of a command, as the newest clients send it: a bare word, or JSON for turns."""
    if lifecycle is MANUAL:
        return word
    message: dict[str, object] = {"type": word}
    if turn is not None:
        given = {each: getattr(turn, each) for each in turn.__struct_fields__}
        message["turn"] = {name: value for name, value in given.items() if value is not None}
    return msgspec.json.encode(message).decode()


def configured(turns: Turns, change: TurnConfig | None) -> Turns:
    """The thresholds after a `config` message.

    Raises:
        InvalidRequest: they are out of range, or do not go together.
    """
    if change is None:
        return turns
    given = {each.name: getattr(change, each.name) for each in fields(turns)}
    changed = replace(turns, **{name: value for name, value in given.items() if value is not None})
    checked = check_turns(changed)
    return replace(checked, end_timeout_ms=round(checked.end_timeout_ms))


def _read_object(text: str, lifecycle: Lifecycle) -> Command:
    if len(text) > MOST_TEXT or not text.lstrip().startswith("{"):
        raise _no_command(text, lifecycle)
    try:
        command = _DECODER.decode(text)
    except msgspec.ValidationError as error:
        cause, _, path = str(error).partition(" - at `$")
        place = path.rstrip("`").lstrip(".")
        raise InvalidRequest(
            f"{place or 'The command'}: {cause}; send it as documented.".replace("`", "'")
        ) from None
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise _no_command(text, lifecycle) from None
    if command.type not in _MOVES:
        raise _no_command(text, lifecycle)
    return Command(_MOVES[command.type], command.turn)


def _no_command(text: str, lifecycle: Lifecycle) -> InvalidRequest:
    known = (
        "finalize, done or close"
        if lifecycle is MANUAL
        else '{"type": "close"} or {"type": "config", "turn": {}}'
    )
    shown = text[:40].encode("ascii", "backslashreplace").decode()
    return InvalidRequest(
        f"The text {shown!r} is no command of this socket; send {known}, and audio in binary frames."
    )
