"""Where a user's data is kept on this machine."""

from __future__ import annotations

import os
import sys
from pathlib import Path

DATABASE = "myna.db"
"""Name of the SQLite database in the data folder."""


def default_data_folder() -> Path:
    """Where this user's programs keep what they need later: `MYNA_DATA`, else the platform's place."""
    if given := os.environ.get("MYNA_DATA"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "myna"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/myna"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "myna"


def has_library(data: Path) -> bool:
    """Whether something was kept in a data folder before."""
    try:
        return (data / DATABASE).exists()
    except OSError:  # something is there; opening it tells what is wrong
        return True
