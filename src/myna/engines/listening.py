"""One live stream that is listened to, as the pool sees it."""

from __future__ import annotations

from myna.engines import frames as plain
from myna.engines.hearing import frames
from myna.engines.jobs.job import Events
from myna.engines.jobs.stream import EngineStream
from myna.speech.listening import HeardEvent, Partial, Turns, TurnUpdate


def _supersedes(event: frames.EngineHeard, before: frames.EngineHeard) -> bool:
    return type(event) is type(before) and isinstance(event, Partial | TurnUpdate)


HEARD = Events(frames.read_event, most=4096, supersedes=_supersedes)
"""What processes that listen tell."""


class EngineListening(EngineStream[HeardEvent]):
    """One live stream of audio that is listened to, on a process of its own."""

    async def finalize(self) -> None:
        """Make all that was fed final, then tell `Finalized`."""
        await self._tell(plain.frame(frames.FINALIZE, b""), frames.COMMAND)

    async def configure(self, turns: Turns) -> None:
        """Take other thresholds from here on."""
        await self._tell(frames.configure(turns), frames.COMMAND)
