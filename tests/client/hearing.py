"""Servers that hear what a test tells them, and connections to them."""

from __future__ import annotations

import json

from tests.client.peers import Talk
from tests.client.sounds import LIVE, speech

AUDIO = speech(0.1)


def said(kind, **fields):
    return json.dumps({"type": kind, "request_id": "r", **fields})


def transcript(text, *, final=True, **fields):
    return said("transcript", text=text, is_final=final, **fields)


async def listen(talk: Talk) -> None:
    """Hear a word in each message, and answer commands as a server does."""
    unsaid = 0
    async for message in talk.socket:
        talk.heard.append(message)
        if isinstance(message, bytes):
            unsaid += 1
            await talk.say(transcript("word " * unsaid, final=False))
            continue
        await talk.say(transcript(" word" * unsaid))
        unsaid = 0
        if message == "finalize":
            await talk.say(said("flush_done"))
        else:
            await talk.say(said("done"))
            return


def manual(client, **more):
    return client.stt.manual_finalize.websocket(**{**LIVE, **more})


def turns(client, **more):
    return client.stt.auto_finalize.websocket(**{**LIVE, "model": "ink-2", **more})
