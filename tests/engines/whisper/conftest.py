"""Models made once for all tests of a process."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("faster_whisper", reason="faster-whisper has no wheels for this Python")

from tests.engines.whisper import tiny

RATE = 16_000
SCRIPT = tiny.Script(
    instead={("<|es|>", " Hello"): " Hola", (" Mynah", " Myna"): " Mynah", ("<|zh|>", " Hello"): "你好"}
)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Says "Hello from Myna." in three seconds, "Hola" in Spanish, "Mynah" where it is a keyterm."""
    return tiny.scripted(tmp_path_factory.mktemp("whisper") / "model", SCRIPT)


@pytest.fixture(scope="session")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.scripted(tmp_path_factory.mktemp("whisper") / "english", multilingual=False)


@pytest.fixture(scope="session")
def noise() -> NDArray[np.float32]:
    """Four seconds of sound."""
    return np.random.default_rng(1).normal(0, 0.1, 4 * RATE).astype(np.float32)
