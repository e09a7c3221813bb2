"""The fenced code of the pages for users, and how each kind of it is run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LIMIT = 60.0
"""Seconds that one block may take on a busy machine."""

RUN = frozenset({"python", "bash"})
SHOWN = frozenset({"console", "ini", "nginx", "text"})
"""Kinds of blocks that are there to be read."""

_FENCE = re.compile(r"^```(?P<kind>\w*)[ ]*(?P<more>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
_MYNA = '#!/bin/sh\nexec "{python}" -m myna "$@"\n'


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `more` is what stands behind its kind."""

    page: Path
    line: int
    kind: str
    more: str
    code: str

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def run(self, folder: Path, port: int) -> None:
        """Run it in `folder`, with the server that listens on `port` in the place of localhost:8000.

        Raises:
            AssertionError: it failed.
        """
        code = self.code.replace("localhost:8000", f"localhost:{port}").replace(".venv/bin/", "")
        if self.kind == "bash":
            command = ["bash", "-euo", "pipefail", "-c", code]
        else:
            script = folder / f"line{self.line}.py"
            script.write_text(code, encoding="utf-8")
            command = [str(self._python()), "-W", "error::ResourceWarning", str(script)]
        done = subprocess.run(
            command, cwd=folder, env=_environment(folder), capture_output=True, text=True, timeout=LIMIT
        )
        assert done.returncode == 0, f"{self.where} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"

    def _python(self) -> Path:
        if not self.more:
            return Path(sys.executable)
        client = self.more.removeprefix("client=")
        client = client if "-" in client else f"cartesia-{client}"
        python = ROOT / ".venvs" / client / "bin" / "python"
        assert python.exists(), f"{self.where} needs the official client {client}: run `make clients`"
        return python


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(page, line, match["kind"], match["more"].strip(), match["code"])


def links(page: Path) -> Iterator[str]:
    """Targets of the page's links that lie in this repository."""
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8")):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    """What a link may name behind `#` for this page."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _environment(folder: Path) -> dict[str, str]:
    programs = folder / ".programs"
    if not programs.exists():
        programs.mkdir()
        myna = programs / "myna"
        myna.write_text(_MYNA.format(python=sys.executable))
        myna.chmod(0o755)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MYNA_", "CARTESIA_", "OPENAI_"))
    }
    search = os.pathsep.join([str(programs), str(Path(sys.executable).parent), kept.get("PATH", "")])
    return {**kept, "PATH": search, "MYNA_DATA": str(folder / ".data")}
