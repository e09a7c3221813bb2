"""How late live audio comes back."""

from __future__ import annotations

from collections import Counter, deque
from time import perf_counter

_LIVE = 1.2
"""Seconds of audio in a second, up to which it was not a recording."""


_CATCHING_UP = 3.0
"""Times that it took to begin, in which what waited for that catches up."""


class Lateness:
    """Measures how long after its coming in each stretch of audio has gone out, once it has begun.

    Attributes:
        seconds: audio that has gone out.

    Example:
        >>> lateness = Lateness()
        >>> lateness.came(0.02)
        >>> lateness.out(0.02)
        >>> lateness.seconds
        0.02
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._came = 0.0
        self._began: float | None = None
        self._waiting: deque[tuple[float, float]] = deque()
        self._milliseconds: Counter[int] = Counter()
        self._first: float | None = None
        self._ended = 0.0

    def came(self, seconds: float) -> None:
        """So much audio has come in just now."""
        now = perf_counter()
        self._began = now if self._began is None else self._began
        self._came += seconds
        self._waiting.append((self._came, now))

    def out(self, seconds: float) -> None:
        """So much audio has gone out just now."""
        now = self._ended = perf_counter()
        self.seconds += seconds
        began = now if self._began is None else self._began
        self._first = now if self._first is None else self._first
        while self._waiting and self._waiting[0][0] <= self.seconds + 1e-6:
            _, came = self._waiting.popleft()
            if came - began >= _CATCHING_UP * (self._first - began):
                self._milliseconds[round((now - came) * 1000)] += 1

    def share(self, part: float) -> int:
        """Milliseconds that this part of the audio was late at most, after the beginning."""
        left = part * self._milliseconds.total()
        for late in sorted(self._milliseconds):
            left -= self._milliseconds[late]
            if left <= 0:
                return late
        return max(self._milliseconds, default=0)

    def told(self) -> str:
        """In a sentence: how late it was or, where it came faster than anybody speaks, how quick."""
        began = self._began or 0.0
        took = max(self._ended - began, 1e-3)
        if self.seconds > _LIVE * took:
            quick = self.seconds / took
            return f"{self.seconds:.1f} s changed in {took:.1f} s, {quick:.1f} times as fast as it is said."
        first = (
            f"{self.seconds:.1f} s changed; the first came back after {(self._first or began) - began:.1f} s"
        )
        if not self._milliseconds:
            return f"{first}."
        return (
            f"{first}, then {self.share(0.5)} ms late "
            f"(95 % within {self.share(0.95)} ms, all within {self.share(1.0)} ms)."
        )
