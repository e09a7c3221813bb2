"""A voice agent: it listens, thinks as soon as the user may be done, and answers once they are.

Whoever speaks here is a built-in voice, and the mind is a function; put a microphone and a language model in
their places.
"""

import asyncio
from collections.abc import AsyncIterator

from myna import AsyncMyna

RATE = 16000
RAW = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": RATE}
AGENT, USER = "6ccbfb76-1fc6-48f7-b71d-91ac6298247b", "a0e99841-438c-4a64-b679-ae501e7d6091"


async def user(client: AsyncMyna) -> AsyncIterator[bytes]:
    """Somebody asks two things; silence is sent as well, for the end of a turn is heard in it."""
    for question in ("What is the weather like today?", "And will it be fine tomorrow?"):
        spoken = await client.tts.generate(
            model_id="sonic-latest", transcript=question, voice=USER, output_format=RAW
        )
        audio = await spoken.read() + bytes(2 * RATE * 2)
        for start in range(0, len(audio), RATE // 5):
            yield audio[start : start + RATE // 5]


async def mind(text: str) -> AsyncIterator[str]:
    """A language model, in the place of this echo."""
    for token in f"You said: {text.strip()}. I will look it up.".split(" "):
        await asyncio.sleep(0.01)
        yield f"{token} "


async def think(text: str) -> str:
    return "".join([token async for token in mind(text)])


async def main() -> None:
    async with AsyncMyna() as client, client.tts.websocket_connect() as mouth:
        ears = client.stt.auto_finalize.websocket(model="ink-2", encoding="pcm_s16le", sample_rate=RATE)
        async with ears as connection:

            async def send() -> None:
                async for audio in user(client):
                    await connection.send_raw(audio)
                await connection.send("close")

            async def answer(text: str) -> None:
                context = mouth.context(model_id="sonic-latest", voice=AGENT, output_format=RAW)
                await context.push(text)
                await context.no_more_inputs()
                seconds = 0.0
                async for event in context.receive():
                    if event.type == "chunk":
                        seconds += len(event.audio) / 2 / RATE
                print(f"  agent: {text} ({seconds:.1f} s)")

            sending = asyncio.create_task(send())
            thought: asyncio.Task[str] | None = None
            async for event in connection:
                if event.type == "turn.eager_end":
                    thought = asyncio.create_task(think(event.transcript))
                elif event.type == "turn.resume" and thought is not None:
                    thought.cancel()
                    thought = None
                elif event.type == "turn.end":
                    print(f"  user:  {event.transcript.strip()}")
                    await answer(await (thought or think(event.transcript)))
                    thought = None
            await sending


asyncio.run(main())
