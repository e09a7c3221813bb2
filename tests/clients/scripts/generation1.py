"""The programs of the first generation's README (cartesia 1.4.0).

Usage: python generation1.py PORT FOLDER, with CARTESIA_API_KEY set.
"""

from __future__ import annotations

import asyncio
import io
import os
import sys

from cartesia import AsyncCartesia, Cartesia
from listening import Player, example, main

BASE_URL = f"localhost:{sys.argv[1]}"
KEY = os.environ.get("CARTESIA_API_KEY")
BARBERSHOP_MAN = "a0e99841-438c-4a64-b679-ae501e7d6091"
STORYTELLER = "87748186-23bb-4158-a1eb-332911b0b708"
FLOAT_44100 = {"container": "raw", "encoding": "pcm_f32le", "sample_rate": 44100}

ADVENTURE = [
    "Sonic and Yoshi team up in a dimension-hopping adventure! ",
    "Racing through twisting zones, they dodge Eggman's badniks and solve ancient puzzles. ",
    "In the Echoing Caverns, they find the Harmonic Crystal, unlocking new powers. ",
    "Sonic's speed creates sound waves, while Yoshi's eggs become sonic bolts. ",
    "As they near Eggman's lair, our heroes charge their abilities for an epic boss battle. ",
    "Get ready to spin, jump, and sound-blast your way to victory in this high-octane crossover!",
]
MARS = [
    "The crew engaged in a range of activities designed to mirror those "
    "they might perform on a real Mars mission. ",
    "Aside from growing vegetables and maintaining their habitat, they faced "
    "additional stressors like communication delays with Earth, ",
    "up to twenty-two minutes each way, to simulate the distance from Mars to our planet. ",
    "These exercises were critical for understanding how astronauts can "
    "maintain not just physical health but also mental well-being under such challenging conditions. ",
]

client = Cartesia(api_key=KEY, base_url=BASE_URL)


@example
def voices():
    found = client.voices.list()
    voice = client.voices.get(id=BARBERSHOP_MAN)
    return {"voices": found, "name": voice["name"], "embedding": voice["embedding"]}


@example
def tts_bytes():
    player = Player("bytes", container="wav")
    data = client.tts.bytes(
        model_id="sonic-english",
        transcript="Hello, world! I'm generating audio on Cartesia.",
        voice_id=BARBERSHOP_MAN,
        output_format={"container": "wav", "encoding": "pcm_f32le", "sample_rate": 44100},
    )
    player.write(data)
    return player.heard(text="Hello, world! I'm generating audio on Cartesia.", streamed=False)


@example
def sse():
    voice = client.voices.get(id=BARBERSHOP_MAN)
    player = Player("sse")
    for output in client.tts.sse(
        model_id="sonic-english",
        transcript="Hello! Welcome to Cartesia",
        voice_embedding=voice["embedding"],
        stream=True,
        output_format=FLOAT_44100,
    ):
        player.write(output["audio"])
    return player.heard(text="Hello! Welcome to Cartesia")


@example
async def sse_async():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    voice = client.voices.get(id=BARBERSHOP_MAN)
    player = Player("sse_async")
    async for output in await client.tts.sse(
        model_id="sonic-english",
        transcript="Hello! Welcome to Cartesia",
        voice_embedding=voice["embedding"],
        stream=True,
        output_format=FLOAT_44100,
    ):
        player.write(output["audio"])
    await client.close()
    return player.heard(text="Hello! Welcome to Cartesia")


@example
def websocket():
    voice = client.voices.get(id=BARBERSHOP_MAN)
    player = Player("websocket", rate=22050)
    ws = client.tts.websocket()
    for output in ws.send(
        model_id="sonic-english",
        transcript="Hello! Welcome to Cartesia",
        voice_embedding=voice["embedding"],
        stream=True,
        output_format={"container": "raw", "encoding": "pcm_f32le", "sample_rate": 22050},
    ):
        player.write(output["audio"])
    ws.close()
    return player.heard(text="Hello! Welcome to Cartesia")


@example
async def continuations_async():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    ws = await client.tts.websocket()
    ctx = ws.context()
    player = Player("continuations_async")

    async def send_transcripts():
        for transcript in ADVENTURE:
            await ctx.send(
                model_id="sonic-english",
                transcript=transcript,
                voice_id=STORYTELLER,
                continue_=True,
                output_format=FLOAT_44100,
            )
        await ctx.no_more_inputs()

    async def receive_and_play_audio():
        async for output in ctx.receive():
            player.write(output["audio"])

    await asyncio.gather(
        asyncio.create_task(send_transcripts()), asyncio.create_task(receive_and_play_audio())
    )
    await ws.close()
    await client.close()
    return player.heard(text="".join(ADVENTURE))


@example
def continuations():
    def chunk_generator(transcripts):
        for transcript in transcripts:
            if transcript.endswith(" "):
                yield transcript
            else:
                yield transcript + " "

    ws = client.tts.websocket()
    ctx = ws.context()
    player = Player("continuations")
    output_stream = ctx.send(
        model_id="sonic-english",
        transcript=chunk_generator(MARS),
        voice_id=STORYTELLER,
        output_format=FLOAT_44100,
    )
    for output in output_stream:
        player.write(output["audio"])
    ws.close()
    return player.heard(text="".join(MARS))


@example
def timestamps():
    ws = client.tts.websocket()
    player = Player("timestamps")
    response = ws.send(
        model_id="sonic-english",
        transcript="Hello! Welcome to Cartesia",
        voice_id=BARBERSHOP_MAN,
        output_format=FLOAT_44100,
        stream=False,
        add_timestamps=True,
    )
    player.write(response["audio"])
    word_timestamps = response["word_timestamps"]
    ws.close()
    return player.heard(
        text="Hello! Welcome to Cartesia",
        streamed=False,
        words=word_timestamps["words"],
        start=word_timestamps["start"],
        end=word_timestamps["end"],
    )


@example
def multilingual():
    voice = client.voices.get(id=BARBERSHOP_MAN)
    player = Player("multilingual")
    for output in client.tts.sse(
        model_id="sonic-multilingual",
        transcript="Hola! Bienvenido a Cartesia",
        voice_embedding=voice["embedding"],
        stream=True,
        output_format=FLOAT_44100,
        language="es",
    ):
        player.write(output["audio"])
    return player.heard(text="Hola! Bienvenido a Cartesia")


@example
def controls():
    ws = client.tts.websocket()
    player = Player("controls")
    for output in ws.send(
        model_id="sonic-english",
        transcript="Hello! Welcome to Cartesia",
        voice_id=BARBERSHOP_MAN,
        output_format=FLOAT_44100,
        _experimental_voice_controls={"speed": "fast", "emotion": ["positivity:high"]},
    ):
        player.write(output["audio"])
    ws.close()
    return player.heard(text="Hello! Welcome to Cartesia")


@example
def notebook():
    with Cartesia(api_key=KEY, base_url=BASE_URL) as client:
        voice = client.voices.get(id=BARBERSHOP_MAN)
        audio_data = io.BytesIO()
        player = Player("notebook", rate=8000)
        for output in client.tts.sse(
            model_id="sonic-english",
            transcript="Hey there! Welcome to Cartesia",
            voice_embedding=voice["embedding"],
            stream=True,
            output_format={"container": "raw", "encoding": "pcm_f32le", "sample_rate": 8000},
        ):
            audio_data.write(output["audio"])
            player.write(output["audio"])
    return player.heard(text="Hey there! Welcome to Cartesia")


@example
async def notebook_async():
    # As the README has it, but for an `await` that it forgets: its line fails against any server.
    async with AsyncCartesia(api_key=KEY, base_url=BASE_URL) as client:
        player = Player("notebook_async", rate=8000)
        async for output in await client.tts.sse(
            model_id="sonic-english",
            transcript="Hey there! Welcome to Cartesia",
            voice_id="248be419-c632-4f23-adf1-5324ed7dbf1d",
            stream=True,
            output_format={"container": "raw", "encoding": "pcm_f32le", "sample_rate": 8000},
        ):
            player.write(output["audio"])
    return player.heard(text="Hey there! Welcome to Cartesia")


@example
def named_format():
    player = Player("named_format")
    generator = client.tts.sse(
        model_id="sonic-english",
        transcript="Hello! Welcome to Cartesia",
        voice_id=BARBERSHOP_MAN,
        stream=True,
        output_format=client.tts.get_output_format("raw_pcm_f32le_44100"),
    )
    for output in generator:
        player.write(output["audio"])
    return player.heard(text="Hello! Welcome to Cartesia")


@example
async def flush():
    client = AsyncCartesia(api_key=KEY, base_url=BASE_URL)
    ws = await client.tts.websocket()
    ctx = ws.context()
    common = {"model_id": "sonic-english", "voice_id": BARBERSHOP_MAN, "output_format": FLOAT_44100}
    player = Player("flush")
    await ctx.send(transcript=ADVENTURE[0], continue_=True, **common)
    before_flush = await ctx.flush()
    await ctx.send(transcript=ADVENTURE[1], continue_=True, **common)
    await ctx.no_more_inputs()
    async for output in before_flush():
        player.write(output["audio"])
    first = len(player.sizes)
    async for output in ctx.receive():
        player.write(output["audio"])
    await ws.close()
    await client.close()
    return player.heard(text=ADVENTURE[0] + ADVENTURE[1], first=first, parts=ADVENTURE[:2])


def failing(call):
    try:
        call()
    except Exception as error:
        return {"type": type(error).__name__, "message": str(error)}
    return {"type": None, "message": "no error"}


@example
def unknown_voice():
    return failing(
        lambda: client.tts.bytes(
            model_id="sonic-english",
            transcript="Hello.",
            voice_id="00000000-0000-4000-8000-000000000000",
            output_format=FLOAT_44100,
        )
    )


@example
def missing_voice():
    return failing(lambda: client.voices.get(id="00000000-0000-4000-8000-000000000000"))


@example
def wrong_key():
    stranger = Cartesia(api_key="wrong", base_url=BASE_URL)
    return failing(lambda: stranger.voices.list())


@example
def wrong_key_websocket():
    stranger = Cartesia(api_key="wrong", base_url=BASE_URL)
    return failing(lambda: stranger.tts.websocket())


if __name__ == "__main__":
    main()
