"""The terminal: where results, remarks and errors go, and how a command ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from myna.speech.errors import MynaError

OK = 0
FAILED = 1
MISUSED = 2
INTERRUPTED = 130


@cache
def output() -> Console:
    """The console of results: standard output."""
    from rich.console import Console

    return Console(highlight=False)


@cache
def remarks() -> Console:
    """The console of progress, remarks and errors: standard error."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def remark(text: str) -> None:
    """One line for the person at the terminal, on standard error."""
    remarks().print(text, style="dim", markup=False, soft_wrap=True)


def warn(text: str) -> None:
    """One line about something that did not go as asked, on standard error."""
    remarks().print(f"[yellow]warning:[/] {_plain(text)}", soft_wrap=True)


def complain(text: str) -> None:
    """One line that says what went wrong, on standard error."""
    remarks().print(f"[bold red]error:[/] {_plain(text)}", soft_wrap=True)


def stop(code: int) -> NoReturn:
    """End the command with this exit status."""
    raise typer.Exit(code)


def interactive() -> bool:
    """Whether a person watches standard error."""
    return remarks().is_terminal


@contextmanager
def working(text: str, *, quiet: bool = False) -> Iterator[None]:
    """Show a person at the terminal that something takes its time."""
    if quiet or not interactive():
        yield
        return
    with remarks().status(f"[dim]{_plain(text)}[/]", spinner="dots"):
        yield


def drop_output() -> None:
    """After the reader of standard output went away: write the rest to nowhere, without complaint."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def clock(seconds: float) -> str:
    """Seconds as minutes and seconds."""
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes}:{seconds:02}"


def told(error: MynaError) -> str:
    """What an error says; of a server's answer, the server's own words."""
    body = getattr(error, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    return message if isinstance(message, str) and message else error.message


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape(" ".join(text.split()))
