"""Running the program: as people run it, and, where a process of its own adds nothing, inside this one."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import chdir, nullcontext, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from myna.cli import main, terminal

DEADLINE = 60.0
"""Seconds after which a command hangs."""
COMMAND = (sys.executable, "-m", "myna")


def myna(
    *arguments: str | Path,
    stdin: str | bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """Run `myna` with these arguments, its input closed after `stdin`."""
    return subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        timeout=DEADLINE,
        check=False,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "100", **(env or {})},
    )


def inside(
    *arguments: str | Path,
    stdin: str | bytes = b"",
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.CompletedProcess[bytes]:
    """The same in this process: the command line, its exit status and its streams, without a start."""
    given = [*map(str, arguments)]
    with (
        tempfile.TemporaryFile() as typed,
        patch.dict(os.environ, {"COLUMNS": "100", **(env or {})}),
        chdir(cwd) if cwd else nullcontext(),
    ):
        typed.write(stdin.encode() if isinstance(stdin, str) else stdin)
        typed.seek(0)
        streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
        source = io.TextIOWrapper(typed, "utf-8")
        _forget_consoles()
        try:
            with patch.object(sys, "stdin", source), redirect_stdout(streams[0]), redirect_stderr(streams[1]):
                status = main(given)
        finally:
            _forget_consoles()
        output, errors = (stream.buffer.getvalue() for stream in streams)  # type: ignore[attr-defined]
        return subprocess.CompletedProcess(given, status, output, errors)


def said(result: subprocess.CompletedProcess[bytes]) -> str:
    """What it wrote on standard error, as one line."""
    return " ".join(result.stderr.decode().split())


def _forget_consoles() -> None:
    """A console knows its width since it was made."""
    terminal.output.cache_clear()
    terminal.remarks.cache_clear()
