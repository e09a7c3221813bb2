"""The WebSocket programs of the third and fourth generations' README and examples."""

from __future__ import annotations

import asyncio

from late import MODEL, RAW, UNKNOWN_VOICE, VOICE, asynchronous, client
from listening import Player, example

# --- README: streaming inputs


@example
def streaming_inputs():
    player = Player("streaming_inputs")
    with client.tts.websocket_connect() as ws:
        ctx = ws.context(model_id="sonic-latest", voice=VOICE, output_format=RAW, language="en")
        for part in ["The road ", "goes ever ", "on and ", "on."]:
            ctx.push(part)
        ctx.no_more_inputs()
        for response in ctx.receive():
            if response.type == "chunk" and response.audio:
                player.write(response.audio)
    return player.heard(text="The road goes ever on and on.")


# --- examples: WebSocket ----------------------------------------------------------------------------------


@example
def websocket():
    player = Player("websocket")
    with client.tts.websocket_connect() as connection:
        connection.send(
            {"model_id": MODEL, "transcript": "Hello, world!", "voice": VOICE, "output_format": RAW}
        )
        for response in connection:
            if response.type == "chunk" and response.audio:
                player.write(response.audio)
            elif response.done:
                break
    return player.heard(text="Hello, world!")


@example
async def websocket_async():
    player = Player("websocket_async")
    client = asynchronous()
    async with client.tts.websocket_connect() as connection:
        await connection.send(
            {"model_id": MODEL, "transcript": "Hello, world!", "voice": VOICE, "output_format": RAW}
        )
        async for response in connection:
            if response.type == "chunk" and response.audio:
                player.write(response.audio)
            elif response.done:
                break
    await client.close()
    return player.heard(text="Hello, world!")


@example
async def continuations_async():
    transcripts = ["The only thing we have to fear ", "is ", "fear itself."]
    player = Player("continuations_async")
    client = asynchronous()
    async with client.tts.websocket_connect() as connection:
        ctx = connection.context()
        for transcript in transcripts:
            await ctx.send(
                model_id=MODEL, transcript=transcript, voice=VOICE, output_format=RAW, continue_=True
            )
        await ctx.no_more_inputs()
        async for response in ctx.receive():
            if response.type == "chunk" and response.audio:
                player.write(response.audio)
    await client.close()
    return player.heard(text="".join(transcripts))


@example
def timestamps():
    text = "Hello! Welcome to Cartesia's text-to-speech."
    player = Player("timestamps")
    words, starts, ends, phonemes = [], [], [], []
    with client.tts.websocket_connect() as connection:
        ctx = connection.context(
            model_id=MODEL,
            voice=VOICE,
            output_format=RAW,
            add_timestamps=True,
            add_phoneme_timestamps=True,
        )
        ctx.push(text)
        ctx.no_more_inputs()
        for response in ctx.receive():
            if response.type == "chunk" and response.audio:
                player.write(response.audio)
            elif response.type == "timestamps":
                words += response.word_timestamps.words
                starts += response.word_timestamps.start
                ends += response.word_timestamps.end
            elif response.type == "phoneme_timestamps":
                phonemes += response.phoneme_timestamps.phonemes
    return player.heard(text=text, words=words, start=starts, end=ends, phonemes=phonemes)


@example
def flush():
    transcripts = ["Stay hungry, ", "stay foolish."]
    player = Player("flush")
    by_flush_id, flushes = {}, []
    with client.tts.websocket_connect() as connection:
        ctx = connection.context(model_id=MODEL, voice=VOICE, output_format=RAW)
        ctx.push(transcripts[0])
        ctx.push("", flush=True)
        ctx.push(transcripts[1])
        ctx.no_more_inputs()
        for response in ctx.receive():
            if response.type == "chunk" and response.audio:
                flush_id = response.flush_id or 0
                by_flush_id[flush_id] = by_flush_id.get(flush_id, 0) + len(response.audio)
                player.write(response.audio)
            elif response.type == "flush_done":
                flushes.append(response.flush_id)
    return player.heard(text="".join(transcripts), bytes_by_flush_id=by_flush_id, flushes=flushes)


@example
def emotion():
    player = Player("emotion")
    with client.tts.websocket_connect() as connection:
        ctx = connection.context(model_id=MODEL, voice=VOICE, output_format=RAW)
        ctx.push("Well maybe if you just ")
        ctx.push("loosen up a little!", generation_config={"emotion": "angry"})
        ctx.no_more_inputs()
        for response in ctx.receive():
            if response.type == "chunk" and response.audio:
                player.write(response.audio)
    return player.heard(text="Well maybe if you just loosen up a little!")


@example
async def speed_async():
    player = Player("speed_async")
    client = asynchronous()
    async with client.tts.websocket_connect() as connection:
        ctx = connection.context(model_id=MODEL, voice=VOICE, output_format=RAW)
        await ctx.push("I am speaking at a normal pace. ")
        await ctx.push("But now I am speaking much faster!", generation_config={"speed": 1.5})
        await ctx.no_more_inputs()
        async for response in ctx.receive():
            if response.type == "chunk" and response.audio:
                player.write(response.audio)
    await client.close()
    return player.heard(text="I am speaking at a normal pace. But now I am speaking much faster!")


BOTH = [
    "Context one is speaking now. This is a longer transcript to ensure that audio chunks from both "
    "contexts are interleaved on the wire. The quick brown fox jumps over the lazy dog.",
    "Context two has a different message. We want to verify that the routing logic correctly separates "
    "the audio streams. Pack my box with five dozen liquor jugs.",
]


@example
def two_contexts():
    players = [Player("two_contexts_1"), Player("two_contexts_2")]
    with client.tts.websocket_connect() as connection:
        contexts = [connection.context(model_id=MODEL, voice=VOICE, output_format=RAW) for _ in BOTH]
        for ctx, text in zip(contexts, BOTH):
            ctx.push(text)
            ctx.no_more_inputs()
        for ctx, player in zip(contexts, players):
            for response in ctx.receive():
                if response.type == "chunk" and response.audio:
                    player.write(response.audio)
    return {"heard": [player.heard(text=text) for player, text in zip(players, BOTH)]}


@example
async def two_contexts_async():
    players = [Player("two_contexts_async_1"), Player("two_contexts_async_2")]
    client = asynchronous()

    async def collect(ctx, player):
        async for response in ctx.receive():
            if response.type == "chunk" and response.audio:
                player.write(response.audio)

    async with client.tts.websocket_connect() as connection:
        contexts = [connection.context(model_id=MODEL, voice=VOICE, output_format=RAW) for _ in BOTH]
        for ctx, text in zip(contexts, BOTH):
            await ctx.push(text)
            await ctx.no_more_inputs()
        await asyncio.gather(*map(collect, contexts, players))
    await client.close()
    return {"heard": [player.heard(text=text) for player, text in zip(players, BOTH)]}


QUOTES = [
    ["Ask not what your country can do for you, ", "ask what you can do ", "for your country."],
    ["I have a dream ", "that one day this nation ", "will rise up."],
    ["In the end, it's not the years in your life that count. ", "It's the life ", "in your years."],
]


@example
async def concurrent_contexts():
    # The published program iterates over the connection itself, which these releases refuse once a context
    # has begun to receive; each context receives for itself here.
    client = asynchronous()
    players = [Player(f"concurrent_{number}") for number in range(len(QUOTES))]

    async def send_transcript(ctx, parts):
        for part in parts:
            await ctx.push(part)
            await asyncio.sleep(0.1)
        await ctx.no_more_inputs()

    async def receive(ctx, player):
        async for event in ctx.receive():
            if event.type == "chunk" and event.audio:
                player.write(event.audio)
            elif event.type == "error":
                raise Exception(event.error)

    async with client.tts.websocket_connect() as connection:
        contexts = [connection.context(model_id=MODEL, voice=VOICE, output_format=RAW) for _ in QUOTES]
        await asyncio.gather(*map(send_transcript, contexts, QUOTES), *map(receive, contexts, players))
    await client.close()
    return {"heard": [player.heard(text="".join(parts)) for player, parts in zip(players, QUOTES)]}


@example
async def cancel():
    # asynchronous: the synchronous reader of these releases lets the `done` of a cancelled context end
    # whichever context is read next
    player = Player("cancel")
    client = asynchronous()
    async with client.tts.websocket_connect() as connection:
        doomed = connection.context(model_id=MODEL, voice=VOICE, output_format=RAW)
        await doomed.push(" ".join(BOTH) * 10)
        async for response in doomed.receive():
            if response.type == "chunk":
                break
        await doomed.cancel()
        # the socket lives on, and what comes next is untouched
        ctx = connection.context(model_id=MODEL, voice=VOICE, output_format=RAW)
        await ctx.push("Hello, world!")
        await ctx.no_more_inputs()
        async for response in ctx.receive():
            if response.type == "chunk" and response.audio:
                player.write(response.audio)
    await client.close()
    return player.heard(text="Hello, world!")


@example
def error_on_websocket():
    with client.tts.websocket_connect() as connection:
        ctx = connection.context(model_id=MODEL, voice=UNKNOWN_VOICE, output_format=RAW)
        ctx.push("Hello.")
        ctx.no_more_inputs()
        events = [event for event in ctx.receive()]
    return {
        "types": [event.type for event in events],
        "status": events[-1].status_code,
        "message": str(events[-1].error),
    }


# --- examples: a name of the second generation, kept


@example
def old_websocket():
    player = Player("old_websocket")
    ws = client.tts.websocket()
    for output in ws.send(
        model_id=MODEL, transcript="Hello, world!", voice=VOICE, output_format=RAW, stream=True
    ):
        if output.audio:
            player.write(output.audio)
    ws.close()
    return player.heard(text="Hello, world!")
