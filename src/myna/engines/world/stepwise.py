"""Work that can be done a step at a time, between other work that must not wait."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

Steps = Generator[None, None, T]
"""Work that pauses after each step; what it comes to is what it returns."""


def at_once(work: Steps[T]) -> T:
    """Do all of it, and give what it comes to."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
