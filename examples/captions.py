"""Live captions: what is said appears while it is said, as subtitles of a broadcast do.

A built-in voice stands in for the microphone; it speaks eight times as fast as anybody would.
"""

import asyncio
from collections.abc import AsyncIterator

from myna import AsyncMyna

RATE = 16000
HASTE = 8


async def microphone(client: AsyncMyna) -> AsyncIterator[bytes]:
    """A tenth of a second at a time."""
    stream = await client.tts.generate(
        model_id="sonic-latest",
        transcript="The weather was fine yesterday. The old man walked along the river with his dog.",
        voice="6ccbfb76-1fc6-48f7-b71d-91ac6298247b",
        output_format={"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE},
    )
    audio = await stream.read()
    for start in range(0, len(audio), RATE // 5):
        yield audio[start : start + RATE // 5]
        await asyncio.sleep(0.1 / HASTE)


async def main() -> None:
    async with AsyncMyna() as client:
        listening = client.stt.manual_finalize.websocket(
            model="ink-whisper", encoding="pcm_s16le", sample_rate=RATE, max_silence_duration_secs=0.3
        )
        async with listening as connection:

            async def send() -> None:
                async for audio in microphone(client):
                    await connection.send_raw(audio)
                await connection.send("close")

            sending = asyncio.create_task(send())
            async for event in connection:
                if event.type == "transcript":
                    print("=" if event.is_final else "…", event.text.strip())
            await sending


asyncio.run(main())
