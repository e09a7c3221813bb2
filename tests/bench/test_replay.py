"""The server and the socket that measure others agree with each other."""

import asyncio
import random

from bench.common import process, python
from bench.llm_text import TEXTS, pieces
from bench.replay import AUDIO
from bench.wire import connected


async def test_what_is_replayed_arrives_whole():
    events, ended = [], asyncio.Event()

    def hear(event, now):
        events.append(event)
        if event.done:
            ended.set()

    with process(python("-m", "bench.replay")) as server:
        port = await asyncio.to_thread(server.stdout.readline)
        async with connected(f"http://127.0.0.1:{port.strip()}", hear) as socket:
            socket.send(context_id="a", transcript="30")
            await asyncio.wait_for(ended.wait(), 10)
    assert [event.type for event in events] == ["chunk"] * 30 + ["done"]
    assert {event.audio for event in events[:-1]} == {AUDIO}
    assert {event.audio_bytes for event in events[:-1]} == {len(AUDIO)}


def test_a_third_of_the_pieces_end_inside_a_word():
    cuts = inside = 0
    for seed in range(20):
        for text in TEXTS:
            cut = pieces(text, random.Random(seed))
            assert "".join(cut) == text
            assert all(1 <= len(piece) <= 8 for piece in cut)
            cuts += len(cut) - 1
            at = 0
            for piece in cut[:-1]:
                at += len(piece)
                inside += text[at - 1] != " " and text[at] != " "
    assert 0.28 < inside / cuts < 0.42
