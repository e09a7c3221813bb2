"""Speech between recordings: spoken by the voice that is asked for, then made to join them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from myna.engines.changing.protocols import Fitting
from myna.providers.local.pools import Pool
from myna.providers.local.preview import samples_of, wav
from myna.providers.local.role import spoken_language
from myna.providers.local.sentences import sentence
from myna.providers.protocols import Speech
from myna.speech.access import Caller
from myna.speech.changing import InfillRequest
from myna.speech.events import AudioChunk
from myna.speech.requests import SpeechRequest
from myna.speech.voices import Voice, VoiceChoice

MOST_SECONDS = 900.0
"""Longest speech that fills a gap."""

Find = Callable[[Voice | VoiceChoice, Caller], Awaitable[Voice]]


async def filled(
    pool: Pool, request: InfillRequest, speak: Callable[[SpeechRequest], Speech], find: Find
) -> AsyncGenerator[AudioChunk, None]:
    """What belongs between the recordings; nothing where the text holds nothing to be spoken.

    Args:
        pool: what makes speech join them.
        request: what is asked.
        speak: begins a stream of speech.
        find: looks a voice up.

    Raises:
        MynaError: as from `Provider.infill`.
    """
    asked = request.speech
    voice = await find(asked.voice, asked.caller)
    speech = replace(asked, voice=voice, word_timestamps=False, phoneme_timestamps=False)
    samples = await samples_of(speak(speech), request.text, MOST_SECONDS)
    if not samples:
        return
    usual = replace(speech, duration=None, pronunciation_dict_id=None)
    more = await samples_of(speak(usual), sentence(spoken_language(voice, asked.language)))
    folder = Path(await asyncio.to_thread(mkdtemp, prefix="myna-infill-"))
    try:
        paths = [folder / name for name in ("speech.wav", "more.wav")]
        for path, data in zip(paths, (samples, more), strict=True):
            await asyncio.to_thread(path.write_bytes, wav(data))
        fitting = Fitting(
            speech=str(paths[0]),
            left=_name(request.left),
            right=_name(request.right),
            more=str(paths[1]) if more else None,
        )
        async with aclosing(pool.fit(fitting)) as chunks:
            async for chunk in chunks:
                yield chunk
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


def _name(path: Path | None) -> str | None:
    return str(path.absolute()) if path is not None else None
