"""Writers are killed at random moments, and what they left behind is compared with what they told."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from myna.library import Library
from myna.speech.errors import VoiceNotFound
from tests.library.making import voice
from tests.library.place import Place
from tests.library.writer import clip, told

ROOT = Path(__file__).parents[2]


@dataclass
class Kept:
    """What is known of a voice: how often it was changed, and whether it has a clip."""

    revision: int
    cloned: bool


@dataclass
class Ledger:
    """What must be in a library after all that its writers told.

    Attributes:
        sure: voices by their numbers, as acknowledged.
        open: by number, what a writer was doing when it was killed.
        counts: how many deeds were acknowledged, by kind; and how many of those that were cut off are
            there ("kept") or not ("undone").
        opening_seconds: how long the opening after each kill took.
    """

    sure: dict[int, Kept] = field(default_factory=dict)
    open: dict[int, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    opening_seconds: list[float] = field(default_factory=list)

    def read(self, line: str) -> None:
        what, kind, number, revision = json.loads(line)
        if what == "begin":
            self.open[number] = kind
        elif what == "done":
            del self.open[number]
            self.counts[kind] += 1
            if kind in ("add", "clone"):
                self.sure[number] = Kept(0, kind == "clone")
            elif kind == "update":
                self.sure[number].revision = revision
            elif kind == "delete":
                del self.sure[number]

    def settle(self, library: Library) -> None:
        """Decide, by looking, whether what was cut off was done; then compare everything."""
        for number, kind in sorted(self.open.items()):
            before = self.sure.get(number)
            try:
                found = library.voices.get(voice(number).id)
            except VoiceNotFound:
                found = None
            done = False
            if kind in ("add", "clone") and found:
                self.sure[number], done = Kept(0, kind == "clone"), True
            elif kind == "delete" and not found:
                del self.sure[number]
                done = True
            elif kind == "update" and found:
                done = self._settle_update(library, number)
            assert before is None or found is not None or kind == "delete", f"{number} was lost by {kind}"
            self.counts["kept" if done else "undone"] += 1
        self.open.clear()
        self._compare(library)

    def _settle_update(self, library: Library, number: int) -> bool:
        """An update is two writes, of the name and of the accents: none, the first or both were kept."""
        kept = self.sure[number]
        found = library.voices.get(voice(number).id)
        old, new = told(number, kept.revision, kept.cloned), told(number, kept.revision + 1, kept.cloned)
        assert (found.name, found.accents) in (
            (old.name, old.accents), (new.name, old.accents), (new.name, new.accents),
        )  # fmt: skip
        library.voices.set_accents(found.id, (found.name == new.name and new.accents) or old.accents)
        kept.revision += found.name == new.name
        return found.name == new.name

    def _compare(self, library: Library) -> None:
        listed = {kept.id for kept in library.voices.iterate("ana")}
        assert listed == {voice(number).id for number in self.sure}
        for number, kept in self.sure.items():
            assert library.voices.get(voice(number).id) == told(number, kept.revision, kept.cloned)
            assert library.voices.clip(voice(number).id) == (clip(number) if kept.cloned else None)


@contextmanager
def nursery() -> Iterator[subprocess.Popen[str]]:
    """The program that starts writers."""
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    with subprocess.Popen(
        [sys.executable, "-m", "tests.library.writer"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path},
    ) as program:  # fmt: skip
        try:
            yield program
        finally:
            program.kill()


def kill_again_and_again(
    place: Place,
    times: int,
    seed: int,
    folder: Path,
    *,
    gone: Callable[[], None] = lambda: None,
    ledger: Ledger | None = None,
) -> Ledger:
    """Kill writers of one library, one after the other, and check it after each.

    Args:
        place: where the library is.
        times: how many kills.
        seed: of what is written, and of when it ends.
        folder: for a pipe.
        gone: called after each kill; returns when nothing of the writer goes on elsewhere.
        ledger: an empty one, to be looked into when this fails.
    """
    chance = random.Random(seed)
    ledger = ledger if ledger is not None else Ledger()
    pipe = folder / "told"
    os.mkfifo(pipe)
    with nursery() as program:
        assert program.stdin is not None and program.stdout is not None
        for round in range(times):
            order = {
                "pipe": str(pipe),
                "place": {"data": str(place.data), "database": place.database, "clips": place.clips},
                "seed": f"{seed} {round}",
                "kept": {number: kept.revision for number, kept in ledger.sure.items()},
            }
            program.stdin.write(json.dumps(order) + "\n")
            program.stdin.flush()
            pid = int(program.stdout.readline())
            with pipe.open() as lines:
                told = 1 + chance.choice((0, 1, 3, 10, 20))
                for _ in range(told):
                    line = lines.readline()
                    assert line, "the writer ended by itself"
                    ledger.read(line)
                time.sleep(chance.uniform(0, 0.01))
                os.kill(pid, signal.SIGKILL)
                assert program.stdout.readline() == "gone\n"
                for line in lines:
                    assert line.endswith("\n")
                    ledger.read(line)
            gone()
            check(place, ledger)
    return ledger


def check(place: Place, ledger: Ledger) -> None:
    """Open the library as a server does, and compare everything."""
    start = time.perf_counter()
    with place.open(serving=True) as library:
        ledger.opening_seconds.append(time.perf_counter() - start)
        if place.here:
            folders = [path for path in (place.data / "clips").iterdir() if path.is_dir()]
            files = [path for folder in folders for path in folder.iterdir()]
            ledger.settle(library)
            assert len(files) == sum(kept.cloned for kept in ledger.sure.values()), "orphans stayed"
        else:  # several servers share it: only old orphans go at a start
            ledger.settle(library)
            # the store may go on with a clip that it was sent, though who sent it is dead
            assert any(library.voices.sweep(0) == 0 for _ in range(5)), "orphans stayed"
            ledger.settle(library)
