"""The live examples of the third and fourth generations: manual finalization, and turns.

Usage: python hearing34.py PORT FOLDER, with CARTESIA_API_KEY set and RECORDING naming raw audio.
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from late import asynchronous, client
from listening import example, main

AUDIO = Path(os.environ["RECORDING"]).read_bytes()
CHUNKS = [AUDIO[at : at + 3200] for at in range(0, len(AUDIO), 3200)]
PAUSE = [bytes(3200)] * 20
FORMAT = {"model": "ink-2", "encoding": "pcm_s16le", "sample_rate": 16000}
THRESHOLDS = {"turn_start_threshold": 0.7, "turn_end_threshold": 0.3, "turn_end_timeout_ms": 1000}
KEYTERMS = {"keyterm": ["quick brown", "lazy dog"]}


def told(events):
    finals = [event for event in events if event.type == "transcript" and event.is_final]
    ends = [event.transcript for event in events if event.type == "turn.end"]
    return {
        "text": "".join([event.text for event in finals] + ends),
        "types": [event.type for event in events if getattr(event, "is_final", None) is not False],
        "ids": len({event.request_id for event in events}),
        "finals": len(finals) + len(ends),
    }


@example
def manual():
    events = []
    with client.stt.manual_finalize.websocket(**FORMAT) as connection:
        for chunk in CHUNKS:
            connection.send_raw(chunk)
        connection.send("finalize")
        connection.send("close")
        events = list(connection)
    return told(events)


@example
async def manual_concurrent():
    client = asynchronous()
    events = []
    async with client.stt.manual_finalize.websocket(
        **FORMAT, language="en", max_silence_duration_secs=0.5, min_volume=0.001
    ) as connection:

        async def send():
            for chunk in CHUNKS:
                await connection.send_raw(chunk)
                await asyncio.sleep(0.005)
            await connection.send("finalize")
            await connection.send("close")

        sending = asyncio.create_task(send())
        async for event in connection:
            events.append(event)
        await sending
    await client.close()
    return told(events)


@example
def turns():
    with client.stt.auto_finalize.websocket(**FORMAT) as connection:
        for chunk in CHUNKS + PAUSE:
            connection.send_raw(chunk)
        connection.send({"type": "close"})
        return told(list(connection))


@example
async def turns_concurrent():
    client = asynchronous()
    events = []
    async with client.stt.auto_finalize.websocket(
        **FORMAT, extra_query={**THRESHOLDS, **KEYTERMS}
    ) as connection:

        async def send():
            await connection.send_raw('{"type": "config", "turn": {"end_timeout_ms": 800}}')
            for chunk in CHUNKS + PAUSE + CHUNKS + PAUSE:
                await connection.send_raw(chunk)
                await asyncio.sleep(0.002)
            await connection.send({"type": "close"})

        sending = asyncio.create_task(send())
        async for event in connection:
            events.append(event)
        await sending
    await client.close()
    return told(events)


@example
def wrong_thresholds():
    with client.stt.auto_finalize.websocket(**FORMAT) as connection:
        connection.send_raw('{"type": "config", "turn": {"end_timeout_ms": 1}}')
        connection.send({"type": "close"})
        events = list(connection)
    return {"errors": [event.status_code for event in events if event.type == "error"]}


main()
