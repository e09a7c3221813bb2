"""How many streams at real time one machine carries: no underrun, and 95 % of first audio within 100 ms.

Each listener plays what it gets and asks again when it has heard everything. The listeners run in a process
of their own on the same machine; its share of the CPU is told, since the server could have had it.
"""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

from bench.common import (
    TEXT,
    Bar,
    Result,
    cpu_by_process,
    environment,
    machine,
    parse,
    python,
    quantile,
    served,
)

FIRST_AUDIO_MS = 100.0


def carry(url: str, pid: int, streams: int, seconds: float, spread: float, text: str) -> dict[str, Any]:
    """Let so many listeners listen for a while; what they and the processes say."""
    command = python("-m", "bench.programs.stream_load", url, str(streams), str(seconds), str(spread))
    before, start = cpu_by_process(pid), time.perf_counter()
    done = subprocess.run(
        command, input=text, text=True, capture_output=True, env=environment(), timeout=spread + seconds + 120
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    wall, after = time.perf_counter() - start, cpu_by_process(pid)
    report = json.loads(done.stdout.strip().splitlines()[-1])
    used = {one: (after[one] - before.get(one, 0.0)) / wall for one in after}
    first = report["first_ms"]
    found = {
        "streams": streams,
        "p50_ms": quantile(first, 0.5),
        "p95_ms": quantile(first, 0.95),
        "heard": len(first),
        "underruns": len(report["underruns"]),
        "starving": report["starving"],
        "errors": report["errors"],
        "audio_per_second": report["audio_per_second"],
        "generator_cpu": report["generator_cpu"],
        "server_cpu": used.pop(pid),
        "worker_cpu": sum(used.values()),
    }
    found["limit"] = limit(found)
    words = {key: round(value, 2) if isinstance(value, float) else value for key, value in found.items()}
    print("  ", words, flush=True)
    return found


def limit(found: dict[str, Any]) -> str | None:
    """What was too much, or None."""
    if found["errors"]:
        return "refused"
    if found["starving"]:
        return "starving"
    if found["underruns"]:
        return "underruns"
    if not found["heard"] or found["p95_ms"] >= FIRST_AUDIO_MS:
        return "first audio"
    return None


def search(carried: Any, start: int) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The best that was carried and the least that was not: doubling, then halving the interval."""
    good: dict[str, Any] | None = None
    bad: dict[str, Any] | None = None
    streams = start
    while bad is None and streams <= 1 << 14:
        found = carried(streams)
        if found["limit"]:
            bad = found
        else:
            good, streams = found, streams * 2
    while good is None and bad is not None and bad["streams"] > 1:
        found = carried(bad["streams"] // 2)
        if found["limit"]:
            bad = found
        else:
            good = found
    assert good is not None, "not even one stream was carried"
    for _ in range(4 if bad else 0):
        assert bad is not None
        middle = (good["streams"] + bad["streams"]) // 2
        if middle - good["streams"] < max(1, good["streams"] // 20):
            break
        found = carried(middle)
        if found["limit"]:
            bad = found
        else:
            good = found
    return good, bad


def main() -> None:
    arguments = parse(__doc__)
    text = TEXT if not arguments.quick else "A short one."
    seconds, spread, start = (2.0, 1.0, 4) if arguments.quick else (16.0, 12.0, 256)
    result = Result("streams", arguments.quick)
    with served() as server:

        def carried(streams: int) -> dict[str, Any]:
            found = carry(server.url, server.pid, streams, seconds, spread, text)
            if found["limit"]:  # once more: others may have had the processors
                found = carry(server.url, server.pid, streams, seconds, spread, text)
            return found

        good, bad = (carried(start), None) if arguments.quick else search(carried, start)
    result.figures["streams"] = good["streams"]
    result.figures["at that number"] = {
        key: value for key, value in good.items() if key not in ("errors", "limit")
    }
    if bad:
        result.figures["limit"] = (
            f"{bad['limit']} at {bad['streams']} streams, with {_cores(good) + good['generator_cpu']:.2f} "
            f"of {machine()['cores']} cores in use at the {good['streams']} before"
        )
        result.figures["at the limit"] = {key: value for key, value in bad.items() if key != "limit"}
    result.bars.append(Bar("streams at real time", good["streams"]))
    result.bars.append(Bar("streams, cores used by their load generator", good["generator_cpu"]))
    result.bars.append(Bar("streams, cores used by the server and its workers", _cores(good)))
    result.bars.append(Bar("streams, p95 first audio in ms", good["p95_ms"], at_most=FIRST_AUDIO_MS))
    result.bars.append(Bar("streams, underruns", good["underruns"], at_most=0))
    result.write(arguments.results)


def _cores(found: dict[str, Any]) -> float:
    return float(found["server_cpu"] + found["worker_cpu"])


if __name__ == "__main__":
    main()
