"""Two voices, made at the same time over one connection, and laid one after the other into dialogue.wav."""

import asyncio
import wave

from myna import AsyncMyna

RATE = 24000
LINES = [
    ("6ccbfb76-1fc6-48f7-b71d-91ac6298247b", "Did you hear that?"),
    ("a0e99841-438c-4a64-b679-ae501e7d6091", "Hear what? I was talking."),
    ("6ccbfb76-1fc6-48f7-b71d-91ac6298247b", "Exactly. So was somebody else, in your voice."),
    ("a0e99841-438c-4a64-b679-ae501e7d6091", "That was the bird."),
]


async def main() -> None:
    async with AsyncMyna() as client, client.tts.websocket_connect() as connection:

        async def speak(voice: str, line: str) -> bytes:
            context = connection.context(
                model_id="sonic-latest",
                voice=voice,
                output_format={"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE},
            )
            await context.push(line)
            await context.no_more_inputs()
            return b"".join([event.audio async for event in context.receive() if event.type == "chunk"])

        parts = await asyncio.gather(*(speak(voice, line) for voice, line in LINES))
    with wave.open("dialogue.wav", "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for part in parts:
            file.writeframes(part + bytes(2 * RATE // 4))
    print(f"dialogue.wav is written, {sum(map(len, parts)) / 2 / RATE:.1f} s of speech")


asyncio.run(main())
