"""Voices to keep."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from myna.speech.voices import EMBEDDING_SIZE, Likeness, Provenance, Timbre, Voice

START = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def voice(number: int = 0, **given: Any) -> Voice:
    """The voice with a number: always the same, newer than those with smaller ones."""
    chance = random.Random(number)
    plain = Voice(
        id=str(UUID(int=chance.getrandbits(128), version=4)),
        name=f"Voice {number}",
        description="",
        language="en",
        gender=None,
        timbre=Timbre(pitch_hz=chance.uniform(80, 250)),
        created_at=START + timedelta(microseconds=number),
        embedding=tuple(chance.gauss(0, 1) for _ in range(EMBEDDING_SIZE)),
        owner="ana",
        is_public=False,
    )
    return replace(plain, **given)


def full(number: int = 0) -> Voice:
    """A voice of which every field has a value that is easily lost."""
    chance = random.Random(number)
    return voice(
        number,
        name="Zoë 声 🐦",
        description="line one\nline two\t'quoted' \"twice\" 100 % _sure_ \\ ",
        language="zh-Hant-TW",
        gender="gender_neutral",
        timbre=Timbre(0.1 + 0.2, 1 / 3, 5e-324, -1e308, 1.0000000000000002, "slt", "warm"),
        tagline="Says: naïve 𝄞",
        is_public=True,
        aliases=("one", "two words"),
        likeness=Likeness(
            tuple(chance.choice((-0.0, 1e-320, chance.random(), 1e300)) for _ in range(EMBEDDING_SIZE)),
            chance.randbytes(70_001),
        ),
        accent="zh-TW",
        accents=("en-US", "de-DE"),
        provenance=Provenance("ana", START - timedelta(days=400, microseconds=1), "00ff" * 16, consent=True),
    )
