"""Recordings whose voice this process changes: how long a client waits for them, and what it is told."""

from __future__ import annotations

import io
import wave

import pytest

from myna.client import AsyncMyna, Myna
from myna.client.errors import APIStatusError
from myna.speech.errors import EngineCrashed
from myna.testing.changing import Disguise
from myna.testing.provider import Script, ScriptedProvider
from tests.client.driving import Lifted
from tests.client.sounds import RATE, speech, wav

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

CLIP = wav(speech(2.0))
FORMAT = {
    "voice_id": "Ada",
    "output_format_container": "wav",
    "output_format_encoding": "pcm_s16le",
    "output_format_sample_rate": RATE,
}


@pytest.fixture
def disguised(monkeypatch):
    """Make the next client's provider change voices in some way."""

    def disguise(**how):
        made = ScriptedProvider(Script(disguise=Disguise(**how)))
        monkeypatch.setattr("myna.providers.local.LocalProvider", lambda: made)
        return made

    return disguise


def here(side, timeout):
    return Lifted(Myna(timeout=timeout)) if side == "sync" else AsyncMyna(timeout=timeout)


async def test_an_answer_that_is_being_made_is_waited_for(side, disguised):
    disguised(delay=0.04)
    client = here(side, 0.5)
    response = await client.voice_changer.generate(clip=CLIP, **FORMAT)
    data = await response.read()
    await client.close()
    with wave.open(io.BytesIO(data)) as file:
        assert file.getnframes() == 2 * RATE, "the size is the true one"


async def test_what_fails_in_the_midst_has_its_status(side, disguised):
    provider = disguised(failure=(1.0, EngineCrashed("The process ended.")))
    client = here(side, 5.0)
    with pytest.raises(APIStatusError) as failed:
        await client.voice_changer.generate(clip=CLIP, **FORMAT)
    assert failed.value.status_code == 500 and "ended" in failed.value.message
    await client.close()
    assert provider.conversions
