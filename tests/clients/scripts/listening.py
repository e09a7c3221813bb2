"""What the example programs hand back: the audio they heard, chunk by chunk, and what else they saw.

Runs inside an official client's own environment, so it needs the standard library only.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

OUT = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()
"""Folder for the audio."""

_examples: list[Callable[..., Any]] = []


class Player:
    """Stands where the READMEs have a sound device: keeps what is played, and when it came."""

    def __init__(self, name: str, *, container: str = "raw", encoding: str = "pcm_f32le", rate: int = 44100):
        self.format = {"container": container, "encoding": encoding, "sample_rate": rate}
        self.path = OUT / f"{name}.{'pcm' if container == 'raw' else container}"
        self.path.write_bytes(b"")
        self.began = time.monotonic()
        self.sizes: list[int] = []
        self.times: list[float] = []

    def write(self, audio: bytes) -> None:
        """Play one chunk."""
        self.sizes.append(len(audio))
        self.times.append(time.monotonic() - self.began)
        with self.path.open("ab") as file:
            file.write(audio)

    def heard(self, *, text: str, streamed: bool = True, **more: Any) -> dict[str, Any]:
        """The report: what was played, the text it should say, whether it came as a stream, and `more`."""
        return {
            "audio": str(self.path),
            "text": text,
            "streamed": streamed,
            **self.format,
            "sizes": self.sizes,
            "times": self.times,
            "ended": time.monotonic() - self.began,
            **more,
        }


def example(function: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a function, synchronous or not, whose dictionary goes into the report under its name."""
    _examples.append(function)
    return function


def main() -> None:
    """Run the examples in order and print one line of JSON: a report or an `error` for each."""
    reports: dict[str, Any] = {}
    for function in _examples:
        try:
            result = function()
            reports[function.__name__] = asyncio.run(result) if inspect.isawaitable(result) else result
        except Exception:
            reports[function.__name__] = {"error": traceback.format_exc()}
    print(json.dumps(reports))
