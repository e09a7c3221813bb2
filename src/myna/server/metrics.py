"""Numbers for Prometheus; one registry per server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_FIRST_AUDIO = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Streams:
    """Live streams of one kind: those that go on, and all."""

    now: Gauge
    begun: Counter


class Metrics:
    """Everything that the server counts."""

    def __init__(self, worker_restarts: Callable[[], float]) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "myna_requests", "Requests answered.", ("route", "method", "status"), registry=self.registry
        )
        self.sockets = Gauge("myna_sockets", "WebSockets that are open.", registry=self.registry)
        self.contexts = Gauge("myna_contexts", "Streams of speech that live.", registry=self.registry)
        self.contexts_begun = Counter(
            "myna_contexts_begun", "Streams of speech that began.", registry=self.registry
        )
        self.contexts_refused = Counter(
            "myna_contexts_refused",
            "Streams of speech that were refused because there were too many.",
            registry=self.registry,
        )
        self.audio_seconds = Counter(
            "myna_audio_seconds", "Seconds of audio that were sent.", registry=self.registry
        )
        self.first_audio = Histogram(
            "myna_first_audio_seconds",
            "Time from the first text of a stream to its first audio.",
            buckets=_FIRST_AUDIO,
            registry=self.registry,
        )
        self.listening = self._streams("listenings", "are listened to", "began to be listened to")
        self.changing = self._streams("changings", "get another voice", "began to get another voice")
        self.heard_seconds = Counter(
            "myna_heard_seconds", "Seconds of audio that were listened to.", registry=self.registry
        )
        restarts = Gauge(
            "myna_worker_restarts", "Engine processes that had to be replaced.", registry=self.registry
        )
        restarts.set_function(worker_restarts)
        tasks = Gauge("myna_tasks", "Tasks of the server's event loop.", registry=self.registry)
        tasks.set_function(_tasks)

    def _streams(self, name: str, now: str, begun: str) -> Streams:
        return Streams(
            Gauge(f"myna_{name}", f"Streams of audio that {now}.", registry=self.registry),
            Counter(f"myna_{name}_begun", f"Streams of audio that {begun}.", registry=self.registry),
        )

    def text(self) -> bytes:
        """All numbers in the text format of Prometheus."""
        return generate_latest(self.registry)


def _tasks() -> float:
    """Tasks of the running event loop; none where the numbers are read from elsewhere."""
    try:
        return float(len(asyncio.all_tasks()))
    except RuntimeError:
        return 0.0
