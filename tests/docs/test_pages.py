"""What the pages for users show, runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import inside
from tests.docs.pages import PAGES, ROOT, RUN, SHOWN, anchors, blocks, links
from tests.serving import Server

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@each_page
@pytest.mark.timeout(240)
def test_the_code_runs(page: Path, tmp_path: Path, myna_server: Server) -> None:
    """Blocks of one page run in order, in one folder, each in a process of its own."""
    for block in blocks(page):
        if block.kind in RUN:
            block.run(tmp_path, myna_server.port)


@each_page
def test_every_block_says_what_it_is(page: Path) -> None:
    for block in blocks(page):
        assert block.kind in RUN | SHOWN, f"{block.where}: neither run nor marked as shown only"


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link}"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("example", sorted((ROOT / "examples").glob("*.py")), ids=lambda path: path.name)
def test_an_example_runs(example: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error::ResourceWarning", example],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    written = list(tmp_path.iterdir())
    assert written or done.stdout, "it shows nothing"


_COMMANDS = r"myna (say|transcribe|listen|change|serve|clone|voices(?: [a-z]+)?|keys \w+|doctor)\b([^\n`|]*)"


def test_options_that_pages_show_exist() -> None:
    helps: dict[str, str] = {}
    for page in PAGES:
        for command, rest in re.findall(_COMMANDS, page.read_text()):
            if command not in helps:
                helps[command] = _help(command)
            for option in re.findall(r"(?<!\S)--[a-z][a-z-]+", rest):
                assert option in helps[command], f"{page.name}: myna {command} {option}"


def _help(command: str) -> str:
    done = inside(*command.split(), "--help")
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()
