"""What may follow what on the sockets that listen: a table for each, for both ends of the wire.

The client's half is the same on both, but for the commands:

    OPEN ── AUDIO, FINALIZE (manual), CONFIG (turns) ──▶ OPEN
    OPEN ── LAST ──▶ CLOSED

The server's half of `/stt/websocket`:

    LISTENING ── TRANSCRIPT, FLUSHED ──▶ LISTENING
    LISTENING ── DONE ──▶ ENDED

The server's half of `/stt/turns/websocket`, which ends in any place with the connection:

    NEW ── CONNECTED ──▶ IDLE ── START ──▶ SPEAKING ── UPDATE ──▶ SPEAKING
    SPEAKING ── EAGER_END ──▶ MAYBE ── RESUME ──▶ SPEAKING
    SPEAKING, MAYBE ── END ──▶ IDLE

An ERROR may come anywhere before the end and changes nothing.
"""

from __future__ import annotations

from myna.wire.cartesia.listening import messages as m
from myna.wire.cartesia.live.lifecycle import Lifecycle, Move, Phase

MANUAL = Lifecycle(
    "/stt/websocket",
    Phase.LISTENING,
    inputs={
        (Phase.OPEN, Move.AUDIO): Phase.OPEN,
        (Phase.OPEN, Move.FINALIZE): Phase.OPEN,
        (Phase.OPEN, Move.LAST): Phase.CLOSED,
    },
    outputs={
        (Phase.LISTENING, Move.TRANSCRIPT): Phase.LISTENING,
        (Phase.LISTENING, Move.FLUSHED): Phase.LISTENING,
        (Phase.LISTENING, Move.ERROR): Phase.LISTENING,
        (Phase.LISTENING, Move.DONE): Phase.ENDED,
    },
)
"""Transcripts are final when the client asks for it."""

TURNS = Lifecycle(
    "/stt/turns/websocket",
    Phase.NEW,
    inputs={
        (Phase.OPEN, Move.AUDIO): Phase.OPEN,
        (Phase.OPEN, Move.CONFIG): Phase.OPEN,
        (Phase.OPEN, Move.LAST): Phase.CLOSED,
    },
    outputs={
        (Phase.NEW, Move.CONNECTED): Phase.IDLE,
        (Phase.NEW, Move.ERROR): Phase.NEW,
        (Phase.IDLE, Move.START): Phase.SPEAKING,
        (Phase.IDLE, Move.ERROR): Phase.IDLE,
        (Phase.SPEAKING, Move.UPDATE): Phase.SPEAKING,
        (Phase.SPEAKING, Move.EAGER_END): Phase.MAYBE,
        (Phase.SPEAKING, Move.END): Phase.IDLE,
        (Phase.SPEAKING, Move.ERROR): Phase.SPEAKING,
        (Phase.MAYBE, Move.RESUME): Phase.SPEAKING,
        (Phase.MAYBE, Move.END): Phase.IDLE,
        (Phase.MAYBE, Move.ERROR): Phase.MAYBE,
    },
)
"""The server finds the turns."""

MOVES: dict[type[m.HeardMessage], Move] = {
    m.Transcript: Move.TRANSCRIPT,
    m.HeardFlushDone: Move.FLUSHED,
    m.HeardDone: Move.DONE,
    m.HeardError: Move.ERROR,
    m.Connected: Move.CONNECTED,
    m.TurnStarted: Move.START,
    m.TurnUpdated: Move.UPDATE,
    m.TurnEagerlyEnded: Move.EAGER_END,
    m.TurnResumed: Move.RESUME,
    m.TurnEnded: Move.END,
}
"""What each message of a server does; messages of unknown types do nothing."""
