"""Whether the server keeps anything: its memory, open files, tasks and threads over ten thousand requests.

A mix of HTTP, server-sent events and WebSocket contexts; 30 % are cancelled and 10 % of the clients vanish.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil

from bench.common import Bar, Result, parse, served
from bench.wire import RAW_S16, VERSION, WREN, Event, Socket, connected, generation

CANCELLED, VANISHED = 0.3, 0.1
AT_ONCE = 8
TEXTS = (
    "Good morning.",
    "The meeting was moved to three, and the room is the same as last week.",
    "Please tell me your name, your number and the reason for your call. I will find somebody who can help.",
)


class Client:
    """Sends one request after the other, each of a kind drawn by chance."""

    def __init__(self, url: str, seed: int, counts: dict[str, int]) -> None:
        self.url, self.chance, self.counts = url, random.Random(seed), counts
        self.number, self.seed = 0, seed
        self.listeners: dict[str | None, asyncio.Queue[Event]] = {}

    async def run(self, requests: int) -> None:
        """So many requests; a vanished WebSocket is followed by a new one."""
        left = requests
        while left:
            async with connected(self.url, self.hear) as socket:
                while left:
                    left -= 1
                    if not await self.request(socket):
                        break

    def hear(self, event: Event, now: float) -> None:
        if event.context_id in self.listeners:
            self.listeners[event.context_id].put_nowait(event)

    async def request(self, socket: Socket) -> bool:
        """One request; False where the WebSocket is gone afterwards."""
        weights = (CANCELLED, VANISHED, 1 - CANCELLED - VANISHED)
        (fate,) = self.chance.choices(("cancelled", "vanished", "heard"), weights)
        kind = self.chance.choice(["socket", "socket", "bytes", "sse"])
        self.counts[f"{kind} {fate}"] = self.counts.get(f"{kind} {fate}", 0) + 1
        text = self.chance.choice(TEXTS)
        if kind == "socket":
            return await self.context(socket, text, fate)
        await self.http(kind, text, whole=fate == "heard")
        return True

    async def context(self, socket: Socket, text: str, fate: str) -> bool:
        self.number += 1
        name = f"{self.seed}-{self.number}"
        events = self.listeners[name] = asyncio.Queue()
        try:
            socket.send(**generation(name, text, add_timestamps=self.chance.random() < 0.5))
            while True:
                event = await asyncio.wait_for(events.get(), 30)
                if event.type == "error":
                    raise RuntimeError(f"the server said: {event.message}")
                if event.done:
                    return True
                if fate == "cancelled":
                    socket.send(context_id=name, cancel=True)
                    fate = "heard"
                if fate == "vanished":
                    socket.abort()
                    return False
        finally:
            del self.listeners[name]

    async def http(self, kind: str, text: str, *, whole: bool) -> None:
        parts = urlsplit(self.url)
        fields = {"model_id": "espeak", "transcript": text, "voice": {"id": WREN}, "output_format": RAW_S16}
        body = json.dumps(fields).encode()
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        try:
            writer.write(
                f"POST /tts/{kind} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n"
                f"X-API-Key: key\r\nCartesia-Version: {VERSION}\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 30)
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise RuntimeError(f"the server said: {head[:200]!r}")
            if whole:
                await asyncio.wait_for(reader.read(-1), 30)
            else:
                await asyncio.wait_for(reader.read(1000), 30)
        finally:
            writer.transport.abort() if not whole else writer.close()
            with suppress(OSError):
                await writer.wait_closed()


def state(url: str, pid: int) -> dict[str, Any]:
    """What the server holds while nothing is asked of it."""
    until = time.monotonic() + 20
    while True:
        with urlopen(f"{url}/metrics", timeout=10) as answer:
            found = re.findall(r"^(myna_\w+)(?:\{\})? ([-\d.e+]+)$", answer.read().decode(), re.MULTILINE)
        gauges = {name: float(value) for name, value in found}
        if not gauges.get("myna_contexts") and not gauges.get("myna_sockets"):
            break
        if time.monotonic() > until:
            raise RuntimeError(f"contexts or sockets do not end: {gauges}")
        time.sleep(0.1)
    time.sleep(1.5)  # what is done when idle is done by then
    server = psutil.Process(pid)
    workers = server.children(recursive=True)
    return {
        "rss": server.memory_info().rss,
        "workers_rss": sum(worker.memory_info().rss for worker in workers),
        "files": server.num_fds(),
        "threads": server.num_threads(),
        "processes": len(workers),
        "tasks": gauges.get("myna_tasks"),
    }


async def load(url: str, requests: int, seed: int, counts: dict[str, int]) -> None:
    """So many requests by clients side by side."""
    share = requests // AT_ONCE
    await asyncio.gather(*(Client(url, seed * 1000 + number, counts).run(share) for number in range(AT_ONCE)))


def main() -> None:
    arguments = parse(__doc__)
    warm, rest, step = (80, 160, 80) if arguments.quick else (2000, 8000, 1000)
    counts: dict[str, int] = {}
    states = []
    with served() as server:
        url, pid = server.url, server.pid
        asyncio.run(load(url, warm, 0, counts))
        states.append({"requests": warm, **state(url, pid)})
        for seed in range(1, rest // step + 1):
            asyncio.run(load(url, step, seed, counts))
            states.append({"requests": warm + seed * step, **state(url, pid)})
            print("  ", states[-1], flush=True)
    first, last = states[0], states[-1]
    result = Result("memory", arguments.quick)
    result.figures["requests"] = dict(sorted(counts.items()))
    result.figures["states"] = states
    growth = last["rss"] / first["rss"] - 1
    result.bars.append(Bar("server memory, growth", growth, at_most=0.05))
    result.bars.append(
        Bar("workers' memory, growth", last["workers_rss"] / first["workers_rss"] - 1, at_most=0.05)
    )
    for name in ("files", "threads", "tasks"):
        if first[name] is not None:
            result.bars.append(
                Bar(f"server's open {name}, more than before", last[name] - first[name], at_most=1)
            )
    result.write(arguments.results)


if __name__ == "__main__":
    main()
