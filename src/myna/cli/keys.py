"""`myna keys`: the API keys of a library, whether or not a server runs on it."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from myna.cli import terminal
from myna.library import Library
from myna.library.place import default_data_folder
from myna.speech.access import SCOPES, Key, KeyLimits, Usage

DAYS = 30
"""For which usage is added up."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the keys are; None for this user's own data folder, and the database in it."""

    data: Path | None = None
    database: str | None = field(default=None, repr=False)

    def open(self) -> Library:
        """The library there."""
        return Library.open(self.data or default_data_folder(), database=self.database)


def create(
    place: Place, name: str, scopes: Collection[str], limits: KeyLimits, owner: str | None = None
) -> None:
    """Make a key; its secret alone goes to standard output.

    Raises:
        InvalidRequest: a text that cannot be kept.
    """
    with closing(place.open()) as library:
        key, secret = library.keys.create(name, scopes, limits, owner=owner)
    print(secret, flush=True)
    terminal.remark(f"This is the key {key.id}. It is shown this once; `myna keys revoke {key.id}` ends it.")


def revoke(place: Place, id: str) -> None:
    """Refuse a key from now on.

    Raises:
        NotFound: there is none with this id.
    """
    with closing(place.open()) as library:
        key = library.keys.revoke(id)
    terminal.remark(f"{key.id} ({key.name}) is no longer good.")


def show(place: Place, *, as_json: bool = False) -> None:
    """All keys with what was used with each, as a table, tab-separated or as JSON."""
    since = datetime.now(UTC).date() - timedelta(days=DAYS - 1)
    with closing(place.open()) as library:
        keys = library.keys.list()
        rows = [_row(key, _sum(library.usage.of(key.id, since))) for key in keys]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
    elif not rows:
        terminal.remark("There are no keys; `myna keys create NAME` makes one.")
    elif not terminal.output().is_terminal:
        for row in rows:
            print("\t".join(_cells(row)))
    else:
        _print_table(rows)


def _sum(days: Iterable[Usage]) -> tuple[int, int, float, float]:
    requests, characters, seconds, heard = 0, 0, 0.0, 0.0
    for day in days:
        requests += day.requests
        characters += day.characters
        seconds += day.audio_seconds
        heard += day.heard_seconds
    return requests, characters, seconds, heard


def _row(key: Key, used: tuple[int, int, float, float]) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "owner": key.owner,
        "scopes": [scope for scope in SCOPES if scope in key.scopes],
        "contexts": key.limits.contexts,
        "sockets": key.limits.sockets,
        "requests_per_minute": key.limits.requests_per_minute,
        "created_at": _moment(key.created_at),
        "last_used_at": _moment(key.last_used_at),
        "revoked_at": _moment(key.revoked_at),
        "usage": {
            "days": DAYS,
            "requests": used[0],
            "characters": used[1],
            "audio_seconds": round(used[2], 1),
            "heard_seconds": round(used[3], 1),
        },
    }


def _cells(row: dict[str, Any]) -> list[str]:
    used = row["usage"]
    return [
        row["id"],
        row["name"],
        "revoked" if row["revoked_at"] else "good",
        " ".join(row["scopes"]),
        row["last_used_at"] or "",
        str(used["requests"]),
        str(used["characters"]),
        str(used["audio_seconds"]),
        str(used["heard_seconds"]),
    ]


def _print_table(rows: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Id", style="dim", no_wrap=True)
    table.add_column("Name", style="bold cyan", overflow="ellipsis")
    table.add_column("Scopes")
    table.add_column("Last used", no_wrap=True)
    for heading in ("Requests", "Characters", "Spoken", "Heard"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        id, name, state, scopes, _, requests, characters, seconds, heard = _cells(row)
        everything = len(row["scopes"]) == len(SCOPES)
        used = "revoked" if state == "revoked" else (row["last_used_at"] or "never")[:16].replace("T", " ")
        cells = (
            id,
            name,
            "all" if everything else scopes,
            used,
            requests,
            characters,
            f"{seconds} s",
            f"{heard} s",
        )
        table.add_row(*map(Text, cells), style="dim" if state == "revoked" else "")
    terminal.output().print(table)
    terminal.output().print(
        f"\n[dim]Usage of the last {DAYS} days; a server adds to it every few seconds.[/]"
    )


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
