"""`myna listen`: what is said is written down while it is said."""

from __future__ import annotations

import asyncio
import sys
from contextlib import ExitStack, aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from myna.cli import terminal
from myna.cli.captions import Captions
from myna.cli.incoming import Incoming
from myna.cli.live import Sound, pieces, unless, until_stopped
from myna.cli.microphone import Microphone
from myna.cli.stopping import first_error
from myna.cli.transcribe import Manner
from myna.speech.errors import UsageError

if TYPE_CHECKING:
    from myna.cli.servers import Server
    from myna.speech.listening import InputFormat

SILENCE = 0.8
"""Seconds of silence after which what was said is final."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be told.

    Attributes:
        as_json: every event as JSON.
        turns: find turns, instead of pauses only.
        quiet: no remarks and nothing before it is final.
    """

    as_json: bool = False
    turns: bool = False
    quiet: bool = False


def listen(server: Server, source: str | None, manner: Manner, wish: Wish) -> int:
    """Listen until the audio ends or somebody stops it, and return the exit status.

    Args:
        server: who listens.
        source: `-` for standard input; None for that where it is a pipe or a file, else the microphone.
        manner: how to listen.
        wish: what is to be told.

    Raises:
        UsageError: there is no such source, or no audio.
        NotOffered: there is no microphone.
        MynaError: it could not be heard.
    """
    if source not in (None, "-"):
        raise UsageError(
            f"`myna listen` hears a microphone or `-`; for files, use `myna transcribe {source}`."
        )
    with ExitStack() as stack:
        sound: Incoming | Microphone
        if source == "-" or not sys.stdin.isatty():
            sound = Incoming(manner.format)
        else:
            sound = Microphone()
            stack.callback(sound.close)
        return asyncio.run(_listen(server, sound, manner, wish))


async def _listen(server: Server, sound: Incoming | Microphone, manner: Manner, wish: Wish) -> int:
    status = await until_stopped(lambda stop: _captions(server, sound, manner, wish, stop))
    if isinstance(sound, Microphone) and sound.lost:
        terminal.warn(f"{sound.lost_seconds:.1f} s of audio came faster than they could be heard.")
    return status


async def _captions(
    server: Server, sound: Incoming | Microphone, manner: Manner, wish: Wish, stop: asyncio.Event
) -> None:
    captions = Captions(as_json=wish.as_json, quiet=wish.quiet)
    if isinstance(sound, Incoming) and await unless(stop, sound.open()) is None:
        return
    try:
        async with server.asynchronous() as client, _connection(client, sound.format, manner, wish) as heard:
            if isinstance(sound, Microphone) and not wish.quiet:
                terminal.remark("Listening; Ctrl-C ends.")
            async with asyncio.TaskGroup() as group:
                feeding = group.create_task(_feed(heard, sound, wish.turns, stop))
                async for event in heard:
                    captions.take(event)
                feeding.cancel()
    except ExceptionGroup as errors:
        raise first_error(errors) from None
    finally:
        captions.clear()


def _connection(client: Any, format: InputFormat, manner: Manner, wish: Wish) -> Any:
    asked: dict[str, Any] = {
        "model": manner.model,
        "encoding": format.encoding,
        "sample_rate": format.sample_rate,
        "keyterm": list(manner.keyterms) or None,
    }
    if wish.turns:
        query = {"language": manner.language} if manner.language else None
        return client.stt.auto_finalize.websocket(**asked, extra_query=query)
    return client.stt.manual_finalize.websocket(
        **asked, language=manner.language, max_silence_duration_secs=SILENCE
    )


async def _feed(connection: Any, sound: Sound, turns: bool, stop: asyncio.Event) -> None:
    """Send audio to its end, or until `stop`; a rest makes what came before it final."""
    rest = {"type": "config", "turn": {}} if turns else "finalize"
    async with aclosing(pieces(sound.audio(), stop)) as coming:
        async for audio in coming:
            await (connection.send(rest) if audio is None else connection.send_raw(audio))
    await connection.send("close")
