"""CPU time of a client per received audio chunk of 4 KiB: ours, the bare libraries, the official one.

All read the same messages of a replay server in a process of its own: in a burst, as when a sentence is
synthesised far faster than it is spoken, and one at a time, as when it is not.
"""

from __future__ import annotations

from bench.common import PROGRAMS, Bar, Result, median, official_python, output_of, parse, process, python

PROGRAM = str(PROGRAMS / "read_chunks.py")


def measure(port: str, *, rounds: int, burst: int, paced: int) -> dict[str, dict[str, list[float]]]:
    """Microseconds per chunk by setting and client; the clients take turns, so that noise falls on all."""
    ours, official = python(PROGRAM), official_python()
    clients = {"bare": [*ours, "bare"], "myna": [*ours, "myna"]}
    if official:
        clients["cartesia"] = [official, PROGRAM, "cartesia"]
    settings = {"burst": (burst, 0), "paced": (paced, 2)}
    found: dict[str, dict[str, list[float]]] = {}
    for _ in range(rounds):
        for mode in ("sync", "async"):
            for setting, (chunks, gap) in settings.items():
                per_client = found.setdefault(f"{mode} {setting}", {name: [] for name in clients})
                for name, command in clients.items():
                    taken = output_of([*command, mode, port, str(chunks), str(gap)])
                    per_client[name].append(taken["us"])
    return found


def main() -> None:
    arguments = parse(__doc__)
    rounds, burst, paced = (1, 400, 100) if arguments.quick else (5, 8000, 1000)
    with process(python("-m", "bench.replay")) as server:
        assert server.stdout is not None
        found = measure(server.stdout.readline().strip(), rounds=rounds, burst=burst, paced=paced)
    result = Result("client_cpu", arguments.quick)
    for setting, clients in found.items():
        figures = {name: round(median(values), 2) for name, values in clients.items()}
        result.figures[f"{setting}, us per chunk"] = figures
        asked = setting.endswith("burst")
        ratio = figures["myna"] / figures["bare"]
        result.figures[f"{setting}, to bare"] = ratio
        if asked:
            result.bars.append(Bar(f"client CPU to bare, {setting}", ratio, at_most=1.3))
        if "cartesia" in figures:
            ratio = figures["myna"] / figures["cartesia"]
            result.figures[f"{setting}, to cartesia 4.2.0"] = ratio
            if asked:
                result.bars.append(Bar(f"client CPU to cartesia 4.2.0, {setting}", ratio, at_most=0.5))
    result.write(arguments.results)


if __name__ == "__main__":
    main()
