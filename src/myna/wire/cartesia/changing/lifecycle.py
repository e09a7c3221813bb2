"""What may follow what on the socket that changes a voice, which is Myna's own.

OPEN ── AUDIO ──▶ OPEN          CHANGING ── CHUNK, ERROR ──▶ CHANGING
OPEN ── LAST ──▶ CLOSED         CHANGING ── DONE ──▶ ENDED
OPEN, CLOSED ── CANCEL ──▶ CLOSED
"""

from __future__ import annotations

from myna.wire.cartesia.live.lifecycle import Lifecycle, Move, Phase

CHANGING = Lifecycle(
    "/voice-changer/websocket",
    Phase.CHANGING,
    inputs={
        (Phase.OPEN, Move.AUDIO): Phase.OPEN,
        (Phase.OPEN, Move.LAST): Phase.CLOSED,
        (Phase.OPEN, Move.CANCEL): Phase.CLOSED,
        (Phase.CLOSED, Move.CANCEL): Phase.CLOSED,
    },
    outputs={
        (Phase.CHANGING, Move.CHUNK): Phase.CHANGING,
        (Phase.CHANGING, Move.ERROR): Phase.CHANGING,
        (Phase.CHANGING, Move.DONE): Phase.ENDED,
    },
)
