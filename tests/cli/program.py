"""Running the real program."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

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


def said(result: subprocess.CompletedProcess[bytes]) -> str:
    """What it wrote on standard error, as one line."""
    return " ".join(result.stderr.decode().split())
