"""Servers that do exactly what a test tells them, on real loopback sockets in a thread of their own."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

AUDIO = bytes(range(256)) * 16


def chunk(context_id: str | None, audio: bytes = AUDIO, **more: Any) -> str:
    return json.dumps(
        {
            "type": "chunk",
            "context_id": context_id,
            "data": base64.b64encode(audio).decode(),
            "done": False,
            "status_code": 206,
            "step_time": 1.5,
            **more,
        }
    )


def done(context_id: str | None) -> str:
    return json.dumps({"type": "done", "context_id": context_id, "done": True, "status_code": 206})


def error(context_id: str | None, message: str = "No voice has this id.") -> str:
    return json.dumps(
        {
            "type": "error",
            "context_id": context_id,
            "done": True,
            "status_code": 400,
            "title": "Unknown voice",
            "message": message,
            "error_code": "voice_not_found",
            "request_id": "r1",
        }
    )


Script = Callable[["Talk"], Awaitable[None]]


@dataclass
class Talk:
    """One connection of a client."""

    socket: ServerConnection
    number: int
    heard: list[dict[str, Any]]

    async def hear(self) -> dict[str, Any]:
        message = json.loads(await self.socket.recv())
        self.heard.append(message)
        return message

    async def say(self, *messages: str | bytes) -> None:
        for message in messages:
            await self.socket.send(message)

    async def hold(self) -> None:
        """Keep the connection and say nothing more, until the client leaves."""
        async for message in self.socket:
            self.heard.append(json.loads(message))

    async def hold_all(self) -> None:
        """The same with messages that are no JSON."""
        async for message in self.socket:
            self.heard.append(message)  # type: ignore[arg-type]


@dataclass
class Peer:
    """A WebSocket server with a script."""

    url: str
    heard: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    paths: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


@contextmanager
def peer(script: Script, **options: Any) -> Iterator[Peer]:
    """A server that runs `script` once for each connection; it closes when the script ends."""
    ready = threading.Event()
    served = Peer("")
    stop: list[Callable[[], None]] = []

    async def talk(socket: ServerConnection) -> None:
        served.connections += 1
        assert socket.request is not None
        served.paths.append(socket.request.path)
        served.headers.append({name.lower(): value for name, value in socket.request.headers.raw_items()})
        await script(Talk(socket, served.connections, served.heard))

    async def main() -> None:
        async with serve(talk, "127.0.0.1", 0, compression=None, close_timeout=1, **options) as server:
            served.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            stop.append(lambda: loop.call_soon_threadsafe(ended.set))
            ready.set()
            await ended.wait()
            server.close(close_connections=True)

    thread = threading.Thread(target=lambda: asyncio.run(main()), name="peer")
    thread.start()
    assert ready.wait(10)
    try:
        yield served
    finally:
        stop[0]()
        thread.join(10)
        assert not thread.is_alive()


async def echo_speech(talk: Talk) -> None:
    """Answer the last input of each context with three chunks and `done`."""
    while True:
        message = await talk.hear()
        if message.get("cancel"):
            await talk.say(done(message["context_id"]))
        elif not message.get("continue"):
            context_id = message["context_id"]
            await talk.say(chunk(context_id), chunk(context_id), chunk(context_id), done(context_id))


@dataclass
class Part:
    """A part of a form."""

    data: bytes
    filename: str | None
    headers: Any

    @property
    def text(self) -> str:
        assert self.filename is None
        return self.data.decode()


@dataclass
class Asked:
    """A request that an HTTP peer got."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, Part]:
        """The parts of a form by name."""
        kind = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        parts = BytesParser().parsebytes(kind + self.body)
        assert parts.is_multipart()
        return {
            str(part.get_param("name", header="content-disposition")): Part(
                part.get_payload(decode=True), part.get_filename(), part
            )
            for part in parts.get_payload()
        }


@dataclass
class Reply:
    """What an HTTP peer answers.

    `pieces` are sent as chunks, `cut` breaks off instead of ending them, `lost` breaks off before a word.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    pieces: list[bytes] | None = None
    cut: bool = False
    lost: bool = False
    wait: threading.Event | None = None


@dataclass
class HttpPeer:
    """An HTTP server with a handler."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def http_peer(handle: Callable[[Asked], Reply]) -> Iterator[HttpPeer]:
    """A server that answers with what `handle` returns."""
    served = HttpPeer("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def answer(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, self.body())
            served.asked.append(asked)
            reply = handle(asked)
            if reply.wait is not None:
                reply.wait.wait(20)
            if reply.lost:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.pieces is None:
                self.send_header("content-length", str(len(reply.body)))
                self.end_headers()
                self.wfile.write(reply.body)
                return
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for piece in reply.pieces:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.flush()
            if reply.cut:
                self.close_connection = True
            else:
                self.wfile.write(b"0\r\n\r\n")

        def body(self) -> bytes:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, format: str, *args: object) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    served.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), name="http peer")
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()
