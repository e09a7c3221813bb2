"""Another voice while somebody speaks: audio goes in piece by piece and comes out soon after.

A built-in voice stands in for the microphone, and a file for the loudspeaker.
"""

import asyncio
import wave
from collections.abc import AsyncIterator
from time import perf_counter

from myna import AsyncMyna

RATE = 16000
PIECE = 0.02
"""Seconds of audio that a microphone gives at a time."""


async def microphone(client: AsyncMyna) -> AsyncIterator[bytes]:
    """As fast as anybody speaks."""
    stream = await client.tts.generate(
        model_id="sonic-latest",
        transcript="The weather was fine yesterday. The old man walked along the river.",
        voice="6ccbfb76-1fc6-48f7-b71d-91ac6298247b",
        output_format={"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE},
    )
    audio = await stream.read()
    step = 2 * round(RATE * PIECE)
    for start in range(0, len(audio), step):
        yield audio[start : start + step]
        await asyncio.sleep(PIECE)


async def main() -> None:
    async with AsyncMyna() as client:
        live = client.voice_changer.stream(
            microphone(client), voice_id="Otis", encoding="pcm_s16le", sample_rate=RATE
        )
        began = perf_counter()
        with wave.open("live.wav", "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            async for audio in live:
                if not file.tell():
                    print(f"the first audio after {perf_counter() - began:.1f} s")
                file.writeframes(audio)
            print(f"{file.tell() / RATE:.1f} s in another voice are in live.wav")


asyncio.run(main())
