"""The files around the code agree with each other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import myna

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REQUIREMENTS = ROOT / "requirements"
NAMES = sorted(str(path.relative_to(REQUIREMENTS).with_suffix("")) for path in REQUIREMENTS.rglob("*.txt"))


def pins(name: str) -> dict[str, set[str]]:
    """Pinned versions by package; some differ by Python."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[\w,]+\])?==(\S+)", text(name), re.MULTILINE):
        found.setdefault(normal(package), set()).add(version)
    return found


def text(name: str) -> str:
    return (REQUIREMENTS / f"{name}.txt").read_text()


def normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def test_one_version_everywhere() -> None:
    newest = re.search(r"^## \[(\d[^\]]*)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest is not None
    assert PROJECT["version"] == myna.__version__ == newest[1]


def test_runtime_pins_are_what_the_project_asks_for() -> None:
    pinned = pins("runtime")
    for line in PROJECT["dependencies"]:
        wanted = Requirement(line)
        assert normal(wanted.name) in pinned, f"{wanted.name} is not pinned: run `make lock`"
        kept = [version for version in pinned[normal(wanted.name)] if version in wanted.specifier]
        assert kept, f"{line} is not kept: run `make lock`"


def test_tests_use_the_runtime_s_own_pins() -> None:
    runtime, test = pins("runtime"), pins("test")
    assert {package: test[package] for package in runtime.keys() & test.keys()} == {
        package: runtime[package] for package in runtime.keys() & test.keys()
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_pin_has_hashes(name: str) -> None:
    blocks = [block for block in re.split(r"\n(?=[a-z])", text(name)) if "==" in block]
    assert blocks
    for block in blocks:
        assert "--hash=sha256:" in block, f"{name}: {block.splitlines()[0]}"
