"""Speech between two recordings in all generations (cartesia 1.4.0, 2.0.17, 3.2.0 and 4.2.0).

Usage: python infilling.py PORT FOLDER, with CARTESIA_API_KEY set, and LEFT and RIGHT naming WAV files.
The first two generations put the three together with pydub, which needs ffmpeg for anything but WAV.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
from pathlib import Path

import cartesia
from cartesia import AsyncCartesia, Cartesia
from listening import Player, example, main

KEY = os.environ["CARTESIA_API_KEY"]
LEFT, RIGHT = os.environ["LEFT"], os.environ["RIGHT"]
VERSION = getattr(cartesia, "__version__", "1")
FIRST, SECOND = VERSION.startswith("1"), VERSION.startswith("2")
BASE = f"localhost:{sys.argv[1]}" if FIRST else f"http://localhost:{sys.argv[1]}"
VOICE = "694f9389-aac1-45b6-b726-9d9369183238"
TEXT = "and so they walked down to the old harbour"
SAID = {"model_id": "sonic-2", "language": "en", "transcript": TEXT}
WAV = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 44100}
MP3 = {"container": "mp3", "sample_rate": 44100, "bit_rate": 128000}
if FIRST:
    MP3["encoding"] = "pcm_s16le"
RAW = {**WAV, "container": "raw"}
PATHS = {"left_audio_path": LEFT, "right_audio_path": RIGHT}

client = Cartesia(api_key=KEY, base_url=BASE)


def voice():
    return {"voice_id": VOICE} if FIRST else {"voice": {"mode": "id", "id": VOICE}}


def heard(name, data, format, whole=None):
    kind = {"container": format["container"], "encoding": format.get("encoding")}
    player = Player(f"infill_{name}", **kind, rate=44100)
    player.write(data)
    more = {}
    if whole is not None:
        player.path.with_name(f"{name}-whole").write_bytes(whole)
        more["whole"] = str(player.path.with_name(f"{name}-whole"))
    return player.heard(text=TEXT, streamed=False, **more)


def filled(name, format, **sides):
    """By whatever this generation has."""
    if FIRST or SECOND:
        infill, whole = client.tts.infill(**SAID, **voice(), output_format=format, **sides)
        return heard(name, infill, format, whole)
    files = {side.removesuffix("_path"): Path(path) for side, path in sides.items()}
    response = client.tts.infill(**SAID, voice_id=VOICE, output_format=format, **files)
    return heard(name, response.read(), format)


@example
def both_sides():
    return filled("both", WAV, **PATHS)


@example
def only_left():
    return filled("left", WAV, left_audio_path=LEFT)


@example
def only_right():
    return filled("right", WAV, right_audio_path=RIGHT)


@example
def mp3():
    if (FIRST or SECOND) and shutil.which("ffmpeg") is None:
        return {"skipped": "pydub reads and writes mp3 with ffmpeg, which is not there"}
    sides = {}
    for name, path in PATHS.items():
        sides[name] = path
        if FIRST or SECOND:  # they read all three as what is asked for
            from pydub import AudioSegment

            sides[name] = str(Path(path).with_suffix(f".{VERSION}.mp3"))
            AudioSegment.from_wav(path).export(sides[name], format="mp3")
    return filled("mp3", MP3, **sides)


@example
def controls():
    given = {"speed": "fast", "emotion": ["positivity:high", "curiosity"]}
    if FIRST:
        infill, whole = client.tts.infill(
            **SAID, voice_id=VOICE, output_format=WAV, **PATHS, experimental_voice_controls=given
        )
        return heard("controls", infill, WAV, whole)
    if SECOND:
        pieces = client.infill.bytes(
            left_audio=Path(LEFT).read_bytes(),
            right_audio=("right.wav", Path(RIGHT).read_bytes(), "audio/wav"),
            **SAID,
            voice_id=VOICE,
            output_format_container="wav",
            output_format_encoding="pcm_s16le",
            output_format_sample_rate=44100,
            voice_experimental_controls_speed=given["speed"],
            voice_experimental_controls_emotion=given["emotion"],
        )
        return heard("controls", b"".join(pieces), WAV)
    return {"skipped": "this generation has no such controls"}


@example
def raw():
    if FIRST:
        return {"skipped": "this generation writes no raw audio"}
    if SECOND:
        try:
            client.tts.infill(**SAID, **voice(), output_format=RAW, **PATHS)
        except ValueError:
            pieces = client.infill.bytes(
                left_audio=Path(LEFT).open("rb"),
                right_audio=Path(RIGHT).open("rb"),
                **SAID,
                voice_id=VOICE,
                output_format_container="raw",
                output_format_encoding="pcm_s16le",
                output_format_sample_rate=44100,
            )
            return heard("raw", b"".join(pieces), RAW)
    return filled("raw", RAW, **PATHS)


@example
async def asynchronous():
    client = AsyncCartesia(api_key=KEY, base_url=BASE)
    try:
        if FIRST:
            infill, whole = await client.tts.infill(**SAID, voice_id=VOICE, output_format=WAV, **PATHS)
            return heard("asynchronous", infill, WAV, whole)
        if SECOND:
            pieces = client.infill.bytes(
                left_audio=Path(LEFT).read_bytes(),
                right_audio=io.BytesIO(Path(RIGHT).read_bytes()),
                **SAID,
                voice_id=VOICE,
                output_format_container="wav",
                output_format_encoding="pcm_s16le",
                output_format_sample_rate=44100,
            )
            return heard("asynchronous", b"".join([piece async for piece in pieces]), WAV)
        response = await client.tts.infill(
            **SAID, voice_id=VOICE, output_format=WAV, left_audio=Path(LEFT), right_audio=Path(RIGHT)
        )
        return heard("asynchronous", await response.read(), WAV)
    finally:
        await client.close()


@example
def rejected():
    found = {}
    try:
        if FIRST:
            client.tts.infill(**SAID, voice_id="nobody", output_format=WAV, left_audio_path=LEFT)
        elif SECOND:
            nobody = {"mode": "id", "id": "nobody"}
            client.tts.infill(**SAID, voice=nobody, output_format=WAV, left_audio_path=LEFT)
        else:
            client.tts.infill(**SAID, voice_id="nobody", output_format=WAV, left_audio=Path(LEFT))
    except Exception as error:
        found["voice"] = [type(error).__name__, str(error)]
    try:
        if FIRST or SECOND:
            client.tts.infill(**SAID, **voice(), output_format=WAV)
        else:
            client.tts.infill(**SAID, voice_id=VOICE, output_format=WAV)
    except Exception as error:
        found["sides"] = [type(error).__name__, str(error)]
    return {"found": found}


if __name__ == "__main__":
    main()
