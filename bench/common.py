"""What every measurement needs: statistics, processes and their CPU time, results and their bars."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import math
import os
import platform
import subprocess
import sys
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import psutil

from tests.serving import serving

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).resolve().parent / "results"
PROGRAMS = Path(__file__).resolve().parent / "programs"
OFFICIAL = "cartesia-4.2.0"

_KEPT = ("MYNA_CORPUS", "MYNA_SIMILARITY_PYTHON")
"""Settings that say what is there to measure with."""

VOICE = "Wren"
MODEL = "espeak"

TEXT = (
    "The ferry leaves at nine in the morning, and the crossing takes a little under two hours. "
    "There is coffee on the upper deck. If the wind is strong, the captain may ask everybody to stay inside."
)


def parse(doc: str | None) -> argparse.Namespace:
    """The command line of a measurement: `--quick` for a short form, `--json` for where to write."""
    parser = argparse.ArgumentParser(description=(doc or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a short run: shows that it works, not how fast")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder for the JSON result")
    return parser.parse_args()


def quantile(values: Sequence[float], q: float) -> float:
    """The q-quantile, linearly between neighbours; NaN of nothing."""
    if not values:
        return math.nan
    ordered = sorted(values)
    place = q * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def median(values: Sequence[float]) -> float:
    return quantile(values, 0.5)


@dataclass(frozen=True)
class Bar:
    """One figure with what is asked of it: `at_most`, `at_least`, or nothing: then it is only told."""

    name: str
    value: float
    at_most: float | None = None
    at_least: float | None = None

    @property
    def met(self) -> bool:
        low = self.at_least is None or self.value >= self.at_least
        return low and (self.at_most is None or self.value <= self.at_most)

    def __str__(self) -> str:
        if self.at_most is None and self.at_least is None:
            return f"        {self.name}: {self.value:.4g}"
        asked = f"at most {self.at_most:g}" if self.at_most is not None else f"at least {self.at_least:g}"
        return f"{'met   ' if self.met else 'MISSED'}  {self.name}: {self.value:.3g} ({asked})"


@dataclass
class Result:
    """What a measurement found: `figures` as it likes, `bars` for the table."""

    name: str
    quick: bool
    figures: dict[str, Any] = field(default_factory=dict)
    bars: list[Bar] = field(default_factory=list)

    def write(self, folder: Path = RESULTS) -> None:
        """Print the figures and bars, and write them as JSON."""
        for key, value in self.figures.items():
            print(f"{key}: {_short(value)}")
        for bar in self.bars:
            print(bar)
        folder.mkdir(parents=True, exist_ok=True)
        body = {
            "name": self.name,
            "quick": self.quick,
            "machine": machine(),
            "bars": [{**vars(bar), "met": bar.met} for bar in self.bars],
            "figures": self.figures,
        }
        path = folder / f"{self.name}.json"
        path.write_text(json.dumps(body, indent=1, default=str) + "\n")


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(entry)}" for key, entry in value.items())
    if isinstance(value, list):
        return "; ".join(_short(entry) for entry in value)
    return str(value)


def machine() -> dict[str, Any]:
    """The facts that a figure depends on."""
    model = platform.processor()
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "load": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()}",
        "when": time.strftime("%Y-%m-%d"),
    }


def environment() -> dict[str, str]:
    """For processes of ours: finds the package, and nothing of the user's settings."""
    clean = {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or not name.startswith(("MYNA_", "CARTESIA_"))
    }
    paths = [str(ROOT / "src"), str(ROOT), *filter(None, [clean.get("PYTHONPATH")])]
    return {**clean, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": ""}


def official_python() -> str | None:
    """The interpreter of the environment with the official client, if there is one."""
    places = [os.environ.get("BENCH_OFFICIAL_PYTHON"), str(ROOT / ".venvs" / OFFICIAL / "bin" / "python")]
    return next((place for place in places if place and Path(place).exists()), None)


@contextlib.contextmanager
def process(arguments: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that is ended with the block; its standard output is a pipe."""
    child = subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**environment(), **options.pop("env", {})}, **options,
    )  # fmt: skip
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


@dataclass(frozen=True)
class Served:
    """A server to measure."""

    url: str
    pid: int

    @property
    def ws_url(self) -> str:
        return "ws" + self.url.removeprefix("http")


@contextlib.contextmanager
def served() -> Iterator[Served]:
    """`myna serve` in a process of its own; or the one that BENCH_SERVER (URL) and BENCH_SERVER_PID name."""
    if given := os.environ.get("BENCH_SERVER"):
        yield Served(given, int(os.environ["BENCH_SERVER_PID"]))
        return
    with serving() as server:
        yield Served(server.url, server.process.pid)


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run on the fastest event loop there is: what the load costs must not be what is measured."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(work)
    return uvloop.run(work)


def output_of(arguments: Sequence[str], *, timeout: float = 300, env: Mapping[str, str] | None = None) -> Any:
    """The JSON value that a program prints last."""
    done = subprocess.run(
        arguments, env={**environment(), **(env or {})}, timeout=timeout, text=True, capture_output=True
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stderr[-4000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def cpu_seconds(pid: int) -> float:
    """CPU time so far of a process and all that it started, ended ones included."""
    root = psutil.Process(pid)
    total = 0.0
    for one in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def cpu_by_process(pid: int) -> dict[int, float]:
    """CPU time so far of each living process of a tree."""
    root = psutil.Process(pid)
    times: dict[int, float] = {}
    for one in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            used = one.cpu_times()
            times[one.pid] = used.user + used.system
    return times


def python(*arguments: str) -> list[str]:
    """A command line for the interpreter that runs this."""
    return [sys.executable, *arguments]
