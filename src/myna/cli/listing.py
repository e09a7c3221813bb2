"""Voices on the terminal: as a table, a card, lines or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from myna.cli import terminal
from myna.cli.voices import Entry, language_label
from myna.speech.languages import primary

GENDERS = {"feminine": "♀", "masculine": "♂", "gender_neutral": "⚥"}
WIDE = 110
"""Columns of a terminal in which ids are shown."""


def print_table(entries: Sequence[Entry]) -> None:
    """A table for people; one line of tab-separated fields per voice where nobody looks at a terminal."""
    console = terminal.output()
    if not console.is_terminal:
        for entry in entries:
            print_line(entry)
        return
    from rich.markup import escape
    from rich.table import Table

    wide = console.width >= WIDE
    own = sum(entry.is_owner for entry in entries)
    table = Table(box=None, pad_edge=False, header_style="bold")
    longest = max(len(entry.name) for entry in entries)
    table.add_column("Name", style="bold cyan", no_wrap=True, min_width=min(longest, 20), max_width=28)
    tongue = max(len(language_label(entry.language)) for entry in entries)
    table.add_column("Language", no_wrap=True, min_width=min(tongue, 28))
    table.add_column("", no_wrap=True, min_width=1)
    table.add_column("Pitch", justify="right", no_wrap=True, style="dim", min_width=6)
    if own:
        table.add_column("Yours", no_wrap=True, justify="center", style="green", min_width=5)
    table.add_column("Sounds", overflow="ellipsis", no_wrap=True)
    if wide:
        table.add_column("Id", style="dim", no_wrap=True)
    for entry in entries:
        pitch = f"{entry.pitch_hz:.0f} Hz" if entry.pitch_hz else ""
        yours = (("✓" if entry.is_owner else ""),) if own else ()
        sounds = escape(" ".join((entry.tagline or entry.description).split()))
        table.add_row(
            escape(entry.name), language_label(entry.language), GENDERS.get(entry.gender or "", ""), pitch,
            *yours, sounds, *((entry.id,) if wide else ()),
        )  # fmt: skip
    console.print(table)
    languages = len({primary(entry.language) for entry in entries})
    counts = [_count(len(entries), "voice"), _count(languages, "language")]
    if own:
        counts.insert(1, f"{own} of them yours")
    console.print(f"\n[dim]{', '.join(counts)}[/]")


def print_line(entry: Entry) -> None:
    """One voice as a line of tab-separated fields."""
    fields = (entry.name, entry.language, entry.gender or "", entry.tagline, entry.id)
    print("\t".join(" ".join(field.split()) for field in fields))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def print_card(entry: Entry) -> None:
    """All about one voice."""
    from rich.markup import escape
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    name = entry.name if entry.name.isalnum() else json.dumps(entry.name, ensure_ascii=False)
    rows = {
        "name": f"[bold cyan]{escape(entry.name)}[/]",
        "": escape(entry.description),
        "language": language_label(entry.language),
        "accent": entry.accent or "",
        "gender": (entry.gender or "").replace("_", " "),
        "pitch": f"{entry.pitch_hz:.0f} Hz" if entry.pitch_hz else "",
        "engines": ", ".join(entry.engines),
        "made": f"by you, {entry.created_at}" if entry.is_owner else "",
        "id": entry.id,
        "also known as": "\n".join(entry.aliases),
        "try it": escape(f'myna say --voice {name} "Hello!" --play'),
    }
    for label, value in rows.items():
        if value:
            table.add_row(label, value)
    terminal.output().print(table)


def print_json(value: Entry | Sequence[Entry]) -> None:
    """One voice as a JSON object, several as an array."""
    plain = asdict(value) if isinstance(value, Entry) else [asdict(entry) for entry in value]
    print(json.dumps(plain, ensure_ascii=False, indent=2))


def print_made(entry: Entry, *, as_json: bool) -> None:
    """A voice that was just made: a card for people, a line for programs."""
    if as_json:
        print_json(entry)
    elif terminal.output().is_terminal:
        print_card(entry)
    else:
        print_line(entry)
