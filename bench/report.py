"""The results as the table of the README, in Markdown: `python -m bench.report`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.common import RESULTS


def load(folder: Path = RESULTS) -> list[dict[str, Any]]:
    """All results, in the order of their names."""
    return [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]


def table(results: list[dict[str, Any]]) -> str:
    """One row for each bar, and a line on the machine."""
    rows = ["| Measurement | Figure | Bar | |", "| --- | ---: | ---: | --- |"]
    for result in results:
        for bar in result["bars"]:
            at_most, at_least = bar["at_most"], bar["at_least"]
            told = at_most is None and at_least is None
            asked = "" if told else f"≤ {at_most:g}" if at_most is not None else f"≥ {at_least:g}"
            name = bar["name"] + (" (short run)" if result["quick"] else "")
            verdict = "" if told else "met" if bar["met"] else "missed"
            figure = f"{bar['value']:.3g}" if abs(bar["value"]) < 1000 else f"{bar['value']:,.0f}"
            rows.append(f"| {name} | {figure} | {asked} | {verdict} |")
    machines = sorted({_machine(result["machine"]) for result in results})
    return "\n".join([*rows, "", *(f"Measured on {machine}." for machine in machines)])


def _machine(facts: dict[str, Any]) -> str:
    cores = "core" if facts["cores"] == 1 else "cores"
    return f"{facts['cores']} {cores} ({facts['cpu']}), Python {facts['python']}, {facts['when']}"


if __name__ == "__main__":
    print(table(load()))
