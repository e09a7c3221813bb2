"""From nothing to a client object, and to the first audio chunk: ours against the official client.

Every repetition is a fresh interpreter with compiled modules; both clients take turns.
"""

from __future__ import annotations

from bench.common import PROGRAMS, Bar, Result, median, official_python, output_of, parse, python, served

PROGRAM = str(PROGRAMS / "first_chunk.py")


def main() -> None:
    arguments = parse(__doc__)
    repetitions = 2 if arguments.quick else 25
    official = official_python()
    clients = {"myna": [*python(PROGRAM), "myna", "Myna"]}
    if official:
        clients["cartesia"] = [official, PROGRAM, "cartesia", "Cartesia"]
    times: dict[str, dict[str, list[float]]] = {
        goal: {name: [] for name in clients} for goal in ("client", "client, CPU", "first chunk", "modules")
    }
    with served() as server:
        for repetition in range(-1, repetitions):  # the first compiles
            for name, command in clients.items():
                ready = output_of([*command, server.url])
                spoken = output_of([*command, server.url, server.ws_url])
                if repetition >= 0:
                    times["client"][name].append(ready["ms"])
                    times["client, CPU"][name].append(ready["cpu_ms"])
                    times["modules"][name].append(ready["modules"])
                    times["first chunk"][name].append(spoken["ms"])
    result = Result("import_time", arguments.quick)
    for goal, per_client in times.items():
        figures = {name: round(median(values), 2) for name, values in per_client.items()}
        result.figures[f"{goal}{'' if goal == 'modules' else ', ms'}"] = figures
        if "cartesia" in figures and goal in ("client", "first chunk"):
            share = figures["myna"] / figures["cartesia"]
            asked = 0.2 if goal == "client" else 0.5
            result.bars.append(Bar(f"time to {goal}, share of cartesia 4.2.0's", share, at_most=asked))
    result.write(arguments.results)


if __name__ == "__main__":
    main()
