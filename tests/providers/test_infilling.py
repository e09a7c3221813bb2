"""What the pool is given to fill a gap with."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from myna.audio.decoding import decode_all
from myna.engines.changing.protocols import CHANGING_RATE, Fitting
from myna.providers.local import LocalProvider
from myna.speech.changing import InfillRequest
from myna.speech.errors import EngineError, InvalidRequest, ModelNotFound, UsageError, VoiceNotFound
from myna.speech.events import AudioChunk
from myna.speech.requests import Delivery, SpeechRequest
from myna.speech.voices import VoiceChoice
from tests.providers.pools import TonePool

LEFT, RIGHT = Path("left.wav").absolute(), Path("right.wav").absolute()


@dataclass
class FittingPool(TonePool):
    """Gives the speech back as it is.

    Attributes:
        folders: where it was.
        seconds: how long it and what came with it were.
    """

    folders: list[Path] = field(default_factory=list)
    seconds: list[tuple[float, float]] = field(default_factory=list)

    async def fit(self, fitting: Fitting) -> AsyncGenerator[AudioChunk, None]:
        self.changed.append(fitting)
        assert fitting.more is not None
        speech, more = (
            decode_all(path, CHANGING_RATE, most_seconds=60.0) for path in (fitting.speech, fitting.more)
        )
        self.folders.append(Path(fitting.speech).parent)
        self.seconds.append((speech.seconds, more.seconds))
        for start in range(0, len(speech.samples), CHANGING_RATE):
            piece = speech.samples[start : start + CHANGING_RATE]
            yield AudioChunk(piece, CHANGING_RATE, start / CHANGING_RATE)


def request(text: str = "and so on", **fields: object) -> InfillRequest:
    sides = {side: fields.pop(side, None) for side in ("left", "right")}
    known = {"voice": VoiceChoice("Wren"), "model": "espeak", **fields}
    return InfillRequest(SpeechRequest(**known), text, **sides)  # type: ignore[arg-type]


async def filled(provider: LocalProvider, asked: InfillRequest) -> np.ndarray:
    return np.concatenate([chunk.samples async for chunk in provider.infill(asked)] or [np.zeros(0)])


async def test_speech_and_how_the_voice_usually_sounds(tmp_path: Path) -> None:
    pool = FittingPool()
    provider = LocalProvider(pool=pool, data=tmp_path)
    samples = await filled(provider, request(left=LEFT, right=RIGHT, delivery=Delivery(speed=1.1)))
    [asked] = pool.changed
    assert isinstance(asked, Fitting)
    assert (asked.left, asked.right) == (str(LEFT), str(RIGHT))
    [(speech, more)] = pool.seconds
    assert len(samples) == pytest.approx(speech * CHANGING_RATE, abs=2)
    assert more > 3 * speech > 1.0
    assert {utterance.timbre.pitch_hz for _, utterance in pool.said} == {201}
    assert {utterance.speed for _, utterance in pool.said} == {1.1}
    assert [engine for engine, _ in pool.said] == ["espeak"] * len(pool.said)
    assert not pool.folders[0].exists()
    await provider.aclose()


@pytest.mark.parametrize("side", ["left", "right"])
async def test_one_side(tmp_path: Path, side: str) -> None:
    pool = FittingPool()
    provider = LocalProvider(pool=pool, data=tmp_path)
    await filled(provider, request(**{side: LEFT}))
    [asked] = cast("list[Fitting]", pool.changed)
    assert (asked.left is None, asked.right is None) == (side == "right", side == "left")
    await provider.aclose()


async def test_who_leaves_early_leaves_nothing_behind(tmp_path: Path) -> None:
    pool = FittingPool()
    provider = LocalProvider(pool=pool, data=tmp_path)
    text = " ".join(["quite a long text that takes more than a second"] * 3)
    chunks = cast("AsyncGenerator[AudioChunk, None]", provider.infill(request(text, left=LEFT)))
    async with aclosing(chunks):
        await anext(chunks)
        assert pool.folders[0].exists()
    assert not pool.folders[0].exists()
    await provider.aclose()


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (request(voice=VoiceChoice("nobody"), left=LEFT), VoiceNotFound),
        (request(model="none", left=LEFT), ModelNotFound),
        (request(language="xx", left=LEFT), InvalidRequest),
        (request("a broken word", left=LEFT), EngineError),
        (request("one" + ' <break time="20s"/> two' * 50, left=LEFT), InvalidRequest),
    ],
)
async def test_what_cannot_be_spoken(tmp_path: Path, asked: InfillRequest, error: type[Exception]) -> None:
    pool = FittingPool(failures={"broken": EngineError("It broke.")})
    provider = LocalProvider(pool=pool, data=tmp_path)
    with pytest.raises(error):
        await filled(provider, asked)
    assert not pool.changed
    await provider.aclose()


async def test_nothing_to_be_spoken_is_nothing(tmp_path: Path) -> None:
    pool = FittingPool()
    provider = LocalProvider(pool=pool, data=tmp_path)
    assert not len(await filled(provider, request("<spell></spell>", left=LEFT)))
    await provider.aclose()
    with pytest.raises(UsageError):
        await filled(provider, request(left=LEFT))
