"""A library whose writers are killed at random moments, two hundred times: what was answered must be there.

Two threads make, clone, change and delete voices, tell each thing before and after it, and are ended by
SIGKILL. After each kill the library is opened as a server opens it, and compared with all that was told.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.common import Bar, Result, median, parse
from myna.speech.errors import MynaError
from tests.library.durability import Ledger, kill_again_and_again
from tests.library.place import Place

DEEDS = ("add", "clone", "update", "again", "delete")


def main() -> None:
    arguments = parse(__doc__)
    kills = 20 if arguments.quick else 200
    result = Result("durability", arguments.quick)
    with tempfile.TemporaryDirectory() as folder:
        ledger, start = Ledger(), time.time()
        try:
            kill_again_and_again(Place(Path(folder) / "data"), kills, int(start), Path(folder), ledger=ledger)
            broken = 0
        except (AssertionError, MynaError) as error:
            broken = 1
            result.figures["broken by"] = f"seed {int(start)}: {error}"
    survived = len(ledger.opening_seconds)
    result.figures |= {
        "kills": survived,
        "acknowledged": {deed: ledger.counts[deed] for deed in DEEDS},
        "cut off in the middle": ledger.counts["kept"] + ledger.counts["undone"],
        "of these done": ledger.counts["kept"],
        "opening after a kill, ms": 1000 * median(ledger.opening_seconds),
    }
    result.bars.append(Bar("kills after which something was lost, half made or left over", broken, at_most=0))
    result.bars.append(Bar("kills of a writing library", survived, at_least=kills))
    result.write(arguments.results)


if __name__ == "__main__":
    main()
