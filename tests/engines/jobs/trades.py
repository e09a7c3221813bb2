"""The two trades of the processes beside the workers, behind one face: to listen, and to change voices."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from myna.engines.changers import Changers
from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.jobs.processes import Processes
from myna.engines.jobs.stream import EngineStream
from myna.engines.listeners import Listeners
from myna.engines.pool import WorkerPool
from myna.speech.events import Done
from myna.speech.listening import Final, Finalized
from tests.audio.recordings import wav
from tests.engines.changing import asking as changing
from tests.engines.changing import program as changing_program
from tests.engines.hearing import asking as hearing
from tests.engines.hearing import program as hearing_program
from tests.engines.hearing.scripted import Samples, silence, word


class Trade(Protocol):
    """How processes of a trade are asked, and how their work is known.

    Its whims are those of its program: `slow`, `crash`, `once:PATH`.

    Attributes:
        sound: a second or two for a live stream.
    """

    sound: Samples

    def pool(self) -> WorkerPool:
        """A pool with room for three live streams and one recording; nothing in it ever speaks."""

    def processes(self, pool: WorkerPool) -> Processes:
        """Those of this trade."""

    def stream(self, pool: WorkerPool, whim: str = "") -> EngineStream[Any]:
        """Begin a live stream."""

    async def urge(self, stream: EngineStream[Any]) -> None:
        """Have all that can be told of the sound be told now."""

    def told(self, events: list[Any]) -> bool:
        """Whether all came that can be told of the sound before more is known."""

    def whole(self, events: list[Any]) -> bool:
        """Whether all came that there is to tell of the sound, to its end."""

    def file(self, path: Path) -> Path:
        """Write a recording there."""

    def recording(self, pool: WorkerPool, path: Path, whim: str = "") -> AsyncGenerator[Any, None]:
        """Begin to work on a recording."""

    def worked_off(self, events: list[Any]) -> bool:
        """Whether all came that there is to tell of the recording."""


class Listening:
    """To write down what is said."""

    sound = hearing.SPEECH

    def pool(self) -> WorkerPool:
        listeners = Listeners(live=3, recordings=1, deadline=3.0, program=hearing_program.NAME)
        return WorkerPool(workers=1, listeners=listeners)

    def processes(self, pool: WorkerPool) -> Processes:
        return pool.listeners

    def stream(self, pool: WorkerPool, whim: str = "") -> EngineStream[Any]:
        return pool.listen(hearing.hearing(*[whim] if whim else []))

    async def urge(self, stream: Any) -> None:
        await stream.finalize()

    def told(self, events: list[Any]) -> bool:
        return any(isinstance(event, Finalized) for event in events) and hearing.texts(events) == ["w1 w2"]

    def whole(self, events: list[Any]) -> bool:
        return isinstance(events[-1], Done) and hearing.texts(events) == ["w1 w2"]

    def file(self, path: Path) -> Path:
        return hearing.saved(path, word(1), silence(1.536), word(3), silence(0.512))

    def recording(self, pool: WorkerPool, path: Path, whim: str = "") -> AsyncGenerator[Any, None]:
        return pool.transcribe(hearing.asked(path, *[whim] if whim else []))

    def worked_off(self, events: list[Any]) -> bool:
        return [event.text for event in events if isinstance(event, Final)] == ["w1", " w3"]


class Changing:
    """To give what is said in another voice."""

    sound = changing.SOUND

    def pool(self) -> WorkerPool:
        changers = Changers(live=3, recordings=1, deadline=2.0, program=changing_program.NAME)
        return WorkerPool(workers=1, changers=changers)

    def processes(self, pool: WorkerPool) -> Processes:
        return pool.changers

    def stream(self, pool: WorkerPool, whim: str = "") -> EngineStream[Any]:
        return pool.change(whim.encode())

    async def urge(self, stream: Any) -> None:
        """It comes by itself."""

    def told(self, events: list[Any]) -> bool:
        return len(changing.audio(events)) == len(self.sound) - changing_program.DELAY

    def whole(self, events: list[Any]) -> bool:
        return isinstance(events[-1], Done) and np.allclose(
            changing.audio(events), -self.sound, atol=changing.CENTRING
        )

    def file(self, path: Path) -> Path:
        path.write_bytes(wav(self.sound, CHANGING_RATE))
        return path

    def recording(self, pool: WorkerPool, path: Path, whim: str = "") -> AsyncGenerator[Any, None]:
        return pool.convert(changing.asked(path, whim))

    def worked_off(self, events: list[Any]) -> bool:
        return len(changing.audio(events)) == len(self.sound)


TRADES: dict[str, Trade] = {"listening": Listening(), "changing": Changing()}
