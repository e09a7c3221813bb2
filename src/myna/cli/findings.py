"""What `myna doctor` finds, and how it tells it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal

from myna.cli import terminal

HEARING = "listening"
"""What the finding is called that says whether speech is heard here."""

CHANGING = "changing voices"
"""What the finding is called that says whether voices are changed here."""

_ABLE = {HEARING: "listen", CHANGING: "change voices"}

State = Literal["good", "missing", "broken"]

_SIGNS = {"good": "[green]✓[/]", "missing": "[yellow]–[/]", "broken": "[red]✗[/]"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `broken` is a fault, `missing` something that Myna does without."""

    what: str
    state: State
    detail: str
    remedy: str = ""


def report(findings: Iterator[Finding], *, as_json: bool) -> int:
    """Print the findings as they come in; the exit status says whether all that is needed works."""
    seen: list[Finding] = []
    for finding in findings:
        seen.append(finding)
        if not as_json:
            _print(finding)
    broken = sum(finding.state == "broken" for finding in seen)
    if as_json:
        print(
            json.dumps({"healthy": not broken, "findings": [asdict(finding) for finding in seen]}, indent=2)
        )
    elif broken:
        terminal.output().print(f"\n[red]{broken} of {len(seen)} checks failed.[/]")
    else:
        terminal.output().print(f"\n[green]{_fit(seen)}[/]")
    return terminal.FAILED if broken else terminal.OK


def _print(finding: Finding) -> None:
    from rich.markup import escape
    from rich.table import Table

    line = Table.grid(padding=(0, 1))
    line.add_column(width=1)
    line.add_column(width=18, style="bold")
    line.add_column(overflow="fold")
    remedy = f"\n[dim]{escape(finding.remedy)}[/]" if finding.remedy else ""
    line.add_row(_SIGNS[finding.state], finding.what, escape(finding.detail) + remedy)
    terminal.output().print(line)


def _fit(seen: list[Finding]) -> str:
    good = {finding.what for finding in seen if finding.state == "good"}
    can = ["speak", *(word for what, word in _ABLE.items() if what in good)]
    cannot = [word for what, word in _ABLE.items() if what not in good]
    *most, last = can
    told = f"{', '.join(most)} and {last}" if most else last
    return f"Myna can {told} here{', but not ' + ' or '.join(cannot) if cannot else ''}."
