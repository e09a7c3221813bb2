"""Speak while a language model still writes, and say how soon the first sound came.

The model here is a function that yields a few characters at a time; put your own in its place.
"""

import asyncio
import time
from collections.abc import AsyncIterator

from myna import AsyncMyna

RATE = 22050
TEXT = (
    "A myna is a starling that learned to listen. It repeats a doorbell, a cough, a name; and if you talk "
    "to it kindly, it answers in the voice it is spoken to."
)


async def language_model() -> AsyncIterator[str]:
    """Tokens of four characters, forty a second; many of them split a word."""
    for start in range(0, len(TEXT), 4):
        await asyncio.sleep(0.025)
        yield TEXT[start : start + 4]


async def main() -> None:
    async with AsyncMyna() as client, client.tts.websocket_connect() as connection:
        context = connection.context(
            model_id="sonic-latest",
            voice="6ccbfb76-1fc6-48f7-b71d-91ac6298247b",
            output_format={"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE},
        )
        began = time.perf_counter()

        async def write() -> None:
            async for token in language_model():
                await context.push(token)
            print(f"{1000 * (time.perf_counter() - began):6.0f} ms  the model has finished")
            await context.no_more_inputs()

        writing = asyncio.create_task(write())
        audio = bytearray()
        async for event in context.receive():
            if event.type == "chunk":
                if not audio:
                    print(f"{1000 * (time.perf_counter() - began):6.0f} ms  the first sound")
                audio += event.audio
        await writing
        print(f"{len(audio) / 2 / RATE:6.1f} s   of speech")


asyncio.run(main())
