"""Reads audio chunks from a server and prints, as JSON, the CPU microseconds that each of them cost.

Run as `read_chunks.py HOW sync|async PORT CHUNKS GAP_MS`; HOW is the name of a client's package, or `bare`
for `websockets` and msgspec alone. The program is the one of the client's manual.
"""

import asyncio
import json
import sys
import time

FORMAT = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 22050}
SETTINGS = {"model_id": "sonic-3", "voice": "any", "output_format": FORMAT}


class Meter:
    """CPU time from the first chunk to the last."""

    def __init__(self):
        self.chunks = self.bytes = 0
        self.start = self.end = 0.0

    def take(self, audio):
        if not self.chunks:
            self.start = time.process_time()
        self.chunks += 1
        self.bytes += len(audio)
        self.end = time.process_time()

    def report(self):
        assert self.bytes == self.chunks * 4096, (self.bytes, self.chunks)
        print(
            json.dumps({"us": (self.end - self.start) / max(self.chunks - 1, 1) * 1e6, "chunks": self.chunks})
        )


def read_client(package, port, text, meter):
    module = __import__(package)
    url = f"127.0.0.1:{port}"
    client = module.Cartesia(api_key="key", base_url=f"http://{url}", websocket_base_url=f"ws://{url}")
    with client.tts.websocket_connect() as connection:
        context = connection.context(**SETTINGS)
        context.push(text)
        for event in context.receive():
            if event.type == "chunk":
                meter.take(event.audio)


async def aread_client(package, port, text, meter):
    module = __import__(package)
    url = f"127.0.0.1:{port}"
    client = module.AsyncCartesia(api_key="key", base_url=f"http://{url}", websocket_base_url=f"ws://{url}")
    async with client.tts.websocket_connect() as connection:
        context = connection.context(**SETTINGS)
        await context.push(text)
        async for event in context.receive():
            if event.type == "chunk":
                meter.take(event.audio)


def bare_decoder():
    import msgspec

    class Chunk(msgspec.Struct):
        type: str
        context_id: str
        done: bool
        data: bytes = b""

    return msgspec.json.Decoder(Chunk)


def request(text):
    return json.dumps({**SETTINGS, "context_id": "bare", "transcript": text})


def read_bare(port, text, meter):
    from websockets.sync.client import connect

    decoder = bare_decoder()
    with connect(f"ws://127.0.0.1:{port}/tts/websocket", compression=None) as connection:
        connection.send(request(text))
        for message in connection:
            event = decoder.decode(message)
            if event.type == "chunk":
                meter.take(event.data)
            if event.done:
                break


async def aread_bare(port, text, meter):
    from websockets.asyncio.client import connect

    decoder = bare_decoder()
    async with connect(f"ws://127.0.0.1:{port}/tts/websocket", compression=None) as connection:
        await connection.send(request(text))
        async for message in connection:
            event = decoder.decode(message)
            if event.type == "chunk":
                meter.take(event.data)
            if event.done:
                break


def main(how, mode, port, chunks, gap_ms):
    meter = Meter()
    arguments = (port, f"{chunks} {gap_ms}", meter)
    if how != "bare":
        arguments = (how, *arguments)
    if mode == "sync":
        (read_bare if how == "bare" else read_client)(*arguments)
    else:
        asyncio.run((aread_bare if how == "bare" else aread_client)(*arguments))
    meter.report()


if __name__ == "__main__":
    main(*sys.argv[1:])
