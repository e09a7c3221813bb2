"""The sockets that take live audio, for every door."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from myna.conversation.dubbing import Dubbing
from myna.conversation.listening import Audition
from myna.conversation.watch import Watch
from myna.providers.protocols import Provider
from myna.speech.access import LOCAL, Caller
from myna.wire.cartesia.changing import server as changing
from myna.wire.cartesia.changing.lifecycle import CHANGING
from myna.wire.cartesia.listening import server as listening
from myna.wire.cartesia.listening.lifecycle import MANUAL, TURNS
from myna.wire.cartesia.live.lifecycle import Lifecycle

LIVE = {lifecycle.path: lifecycle for lifecycle in (MANUAL, TURNS, CHANGING)}
"""The sockets by their paths."""


def live(
    provider: Provider,
    lifecycle: Lifecycle,
    query: Iterable[tuple[str, str]],
    *,
    request_id: str,
    idle: float,
    watch: Watch | None = None,
    caller: Caller = LOCAL,
) -> Audition | Dubbing:
    """Begin what a socket does, on the running event loop; what is wrong with the query it tells itself.

    Args:
        provider: what listens, or changes voices.
        lifecycle: which of the sockets.
        query: names and values.
        request_id: what the connection is called.
        idle: seconds of silence after which it is closed.
        watch: who is told what is done for it.
        caller: on whose behalf.
    """
    now = asyncio.get_running_loop().time()
    if lifecycle is CHANGING:
        dubbed = changing.ServerConnection(query, now=now, request_id=request_id, idle=idle)
        return Dubbing(provider, dubbed, watch=watch, caller=caller)
    heard = listening.ServerConnection(lifecycle, query, now=now, request_id=request_id, idle=idle)
    return Audition(provider, heard, watch=watch, caller=caller)
