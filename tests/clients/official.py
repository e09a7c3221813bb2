"""The official clients as published, each in its own environment, and the programs they run."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).parent / "scripts"
LIMIT = 150.0
"""Seconds that all programs of one client may take together, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Client:
    """A release of the official package and the scripts with its programs; the first one runs them all."""

    version: str
    scripts: tuple[str, ...]
    package: str = "cartesia"

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return ROOT / ".venvs" / f"{self.package}-{self.version}" / "bin" / "python"

    def examples(self) -> Iterator[str]:
        """Names of its programs, read from the scripts without running them."""
        for script in self.scripts:
            for node in ast.parse((SCRIPTS / script).read_text()).body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                    isinstance(mark, ast.Name) and mark.id == "example" for mark in node.decorator_list
                ):
                    yield node.name

    def run(self, port: int, key: str, folder: Path, **variables: str) -> dict[str, Any]:
        """Run all programs against the server on `port`, with more variables; audio goes to `folder`."""
        assert self.python.exists(), (
            f"the official client {self.version} is not installed: run `make clients` "
            f"(it makes {self.python.parent.parent.relative_to(ROOT)})"
        )
        variables[f"{self.package.upper()}_API_KEY"] = key
        return run([self.python, SCRIPTS / self.scripts[0], str(port), folder], folder, **variables)


def run(command: list[str | Path], folder: Path, **variables: str) -> dict[str, Any]:
    """Run programs in `folder` with these environment variables; what they report."""
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("CARTESIA_", "OPENAI_"))
    }
    clean.pop("PYTHONPATH", None)
    done = subprocess.run(
        command, env={**clean, **variables}, cwd=folder, capture_output=True, text=True, timeout=LIMIT
    )
    assert done.returncode == 0, done.stderr
    reports: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return reports


SECURE = Client("4.2.0", ("secure.py",))
JAVASCRIPT = Path(__file__).parent / "javascript"

LATE = ("generation34.py", "generation34_websocket.py")
CLIENTS = [
    Client("1.4.0", ("generation1.py",)),
    Client("2.0.17", ("generation2.py",)),
    Client("3.2.0", LATE),
    Client("4.2.0", LATE),
]

KEEPING = [
    Client("1.4.0", ("keeping1.py",)),
    Client("2.0.17", ("keeping2.py",)),
    Client("3.2.0", ("keeping34.py",)),
    Client("4.2.0", ("keeping34.py",)),
]
"""Programs that make and change voices, which need a server that nobody else counts the voices of."""
