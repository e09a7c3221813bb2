"""The client's end of the sockets that listen, without the socket."""

from __future__ import annotations

from myna.speech.errors import ConnectionLost, InvalidRequest, UsageError
from myna.wire.cartesia.listening.commands import read_command
from myna.wire.cartesia.listening.lifecycle import MOVES, TURNS
from myna.wire.cartesia.listening.messages import HeardMessage
from myna.wire.cartesia.live.lifecycle import Lifecycle, Move, Phase

_NORMAL = (1000, 1001)


class ClientConnection:
    """Knows one connection: what may be sent, and what is still owed.

    Nothing that a server sends is refused here: what the table does not know is passed on as it is.

    Attributes:
        lifecycle: which of the two sockets.
        finalizes: requests to finalize that were not answered yet.
        request_id: what the server calls the connection; None before its first message.

    Example:
        >>> connection = ClientConnection(MANUAL)
        >>> connection.send("close")
        >>> connection.receive(HeardDone(request_id="1"))
        True
    """

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.lifecycle = lifecycle
        self.finalizes = 0
        self.request_id: str | None = None
        self._input = Phase.OPEN
        self._output = lifecycle.begins
        self._lost: ConnectionLost | None = None
        self._closed = False

    @property
    def phase(self) -> Phase:
        """Where the server's half stands."""
        return self._output

    @property
    def finishing(self) -> bool:
        """Whether the last command was sent, so that only answers come."""
        return self._input is Phase.CLOSED

    @property
    def ended(self) -> bool:
        """Whether nothing more comes."""
        return self._closed or self._output is Phase.ENDED

    @property
    def lost(self) -> ConnectionLost | None:
        """Why answers that were owed will not come; None while all is well."""
        return self._lost

    def send(self, message: str | bytes) -> None:
        """Note that this is about to be sent: text is a command, bytes are audio.

        Raises:
            UsageError: it cannot follow what was sent, or the text is no command of this socket.
            ConnectionLost: the connection has ended.
        """
        if self._lost is not None:
            raise self._lost
        if self.ended:
            raise _gone("The connection has ended")
        move = Move.AUDIO if isinstance(message, bytes) else self._move(message)
        if self._input is Phase.CLOSED:
            raise UsageError("Nothing can follow the last command; open another connection.")
        self._input = self.lifecycle.after_input(self._input, move)
        self.finalizes += move is Move.FINALIZE

    def receive(self, message: HeardMessage) -> bool:
        """Take a server's message; whether it is the last."""
        if self.request_id is None:
            self.request_id = message.request_id
        move = MOVES.get(type(message))
        if move is Move.FLUSHED:
            self.finalizes = max(self.finalizes - 1, 0)
        if move is not None:
            self._output = self.lifecycle.outputs.get((self._output, move), self._output)
        return self._output is Phase.ENDED

    def closed(self, code: int | None = None, reason: str = "") -> None:
        """The connection has ended. Idempotent: the first reason counts.

        It has ended well where everything was said, or where the server closed it in order (1000 or 1001)
        while nothing was owed. Otherwise `lost` tells.
        """
        if self._closed:
            return
        self._closed = True
        complete = self._output is Phase.ENDED and (self.finishing or not self.finalizes)
        if complete or (code in _NORMAL and not self._owed()):
            return
        detail = f" with code {code}" if code is not None else ""
        detail += f" ({reason})" if reason else ""
        self._lost = _gone(f"The connection ended{detail} before everything was heard", code, reason)

    def _owed(self) -> bool:
        if self.lifecycle is TURNS:
            return self._output in (Phase.SPEAKING, Phase.MAYBE)
        return self.finalizes > 0 or self.finishing

    def _move(self, text: str) -> Move:
        try:
            return read_command(text, self.lifecycle).move
        except InvalidRequest as error:
            raise UsageError(error.message) from None


def _gone(cause: str, code: int | None = None, reason: str = "") -> ConnectionLost:
    return ConnectionLost(f"{cause}; connect again and send what was not heard.", code=code, reason=reason)
