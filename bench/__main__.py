"""All measurements, one after the other: `python -m bench [NAME ...] [--quick]`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.common import environment, python

NAMES = (
    "first_audio",
    "throughput",
    "llm_text",
    "streams",
    "import_time",
    "client_cpu",
    "memory",
    "voices",
    "cloning",
    "changing",
    "live_changing",
    "engine",
    "fairness",
    "examining",
    "recognition",
    "listening",
    "infill",
    "long_recordings",
    "repeatable",
    "durability",
)


def main(arguments: list[str]) -> int:
    """Run them; the exit code says whether all could be run, not whether their bars were met."""
    options = [argument for argument in arguments if argument.startswith("-")]
    chosen = [argument for argument in arguments if not argument.startswith("-")] or NAMES
    failed = []
    for name in chosen:
        if not (Path(__file__).parent / f"{name}.py").exists():
            continue
        print(f"== {name}", flush=True)
        if subprocess.run(python("-m", f"bench.{name}", *options), env=environment()).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}")
    subprocess.run(python("-m", "bench.report"), env=environment())
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
