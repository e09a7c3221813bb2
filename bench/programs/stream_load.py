"""Listeners at real time, in a process of their own: each asks again when what it hears has ended.

Run as `stream_load.py URL STREAMS SECONDS`; the text is on standard input. Prints JSON: milliseconds to
first audio, underruns (moments at which a listener had nothing to play), and the CPU time used here.
"""

import asyncio
import json
import random
import sys
import time

from bench.common import run
from bench.wire import RATE, connected, generation

PER_SOCKET = 32
BYTES_PER_SECOND = 2 * RATE


class Listener:
    """One stream after the other, each played from its first audio on."""

    def __init__(self, name, text, crowd):
        self.name, self.text, self.crowd = name, text, crowd
        self.number = 0
        self.context_id = ""

    def begin(self):
        if self.crowd.over:
            return
        self.number += 1
        self.context_id = f"{self.name}.{self.number}"
        self.crowd.by_id[self.context_id] = self
        self.played_until = None
        self.asked = time.perf_counter()
        self.socket.send(**generation(self.context_id, self.text))

    def take(self, event, now):
        crowd = self.crowd
        size = event.audio_bytes
        if size:
            if self.played_until is None:
                crowd.first.append((self.asked, (now - self.asked) * 1e3))
                self.played_until = now
            elif now > self.played_until:
                crowd.underruns.append((now, (now - self.played_until) * 1e3))
                self.played_until = now
            self.played_until += size / BYTES_PER_SECOND
            crowd.audio += size / BYTES_PER_SECOND
        if event.done:
            del crowd.by_id[self.context_id]
            if event.type == "error" or self.played_until is None:
                crowd.errors.append(event.message or "a stream without audio")
                return
            asyncio.get_running_loop().call_later(self.played_until - now, self.begin)


class Crowd:
    """All listeners and what befell them."""

    def __init__(self):
        self.by_id = {}
        self.first, self.underruns, self.errors = [], [], []
        self.audio = 0.0
        self.over = False

    def __call__(self, event, now):
        listener = self.by_id.get(event.context_id)
        if listener is not None:
            listener.take(event, now)

    async def run(self, url, streams, seconds, text, spread):
        """Start the listeners over `spread` seconds, then listen for `seconds`."""
        from contextlib import AsyncExitStack

        loop, chance = asyncio.get_running_loop(), random.Random(7)
        async with AsyncExitStack() as stack:
            sockets = [
                await stack.enter_async_context(connected(url, self))
                for _ in range(-(-streams // PER_SOCKET))
            ]
            for number in range(streams):
                listener = Listener(str(number), text, self)
                listener.socket = sockets[number % len(sockets)]
                loop.call_later(chance.uniform(0, spread), listener.begin)
            await asyncio.sleep(spread + 0.5)
            begun, cpu, audio = time.perf_counter(), time.process_time(), self.audio
            await asyncio.sleep(seconds)
            cpu, wall = time.process_time() - cpu, time.perf_counter() - begun
            self.over = True
            late = sum(
                1
                for each in self.by_id.values()
                if (each.played_until or each.asked) < time.perf_counter() - 0.5
            )
        return {
            "first_ms": [ms for asked, ms in self.first if asked >= begun],
            "underruns": [ms for at, ms in self.underruns if at >= begun],
            "starving": late,
            "errors": self.errors[:5],
            "generator_cpu": cpu / wall,
            "audio_per_second": (self.audio - audio) / wall,
        }


def main(url, streams, seconds, spread):
    text = sys.stdin.read().strip()
    work = Crowd().run(url, int(streams), float(seconds), text, float(spread))
    print(json.dumps(run(work)))


if __name__ == "__main__":
    main(*sys.argv[1:])
