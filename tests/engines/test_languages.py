from __future__ import annotations

import re

import pytest

from myna.engines.espeak.languages import VOICES, voice_of
from myna.speech.errors import EngineError
from tests.engines.desk import Desk
from tests.engines.scripts import sentence

CARTESIA = (
    "en fr de es pt zh ja hi it ko nl pl ru sv tr tl bg ro ar cs el fi hr ms sk da ta uk hu no vi bn th he "
    "ka id te gu kn ml mr pa"
).split()


@pytest.mark.parametrize(
    ("tag", "voice"),
    [
        ("en", "en-us"),
        ("en-US", "en-us"),
        ("en_US", "en-us"),
        ("de-AT", "de"),
        ("zh", "cmn"),
        ("zh-Hans-CN", "cmn"),
        ("zh-HK", "yue"),
        ("pt", "pt"),
        ("pt-BR", "pt-br"),
        ("fr-FR", "fr"),
        ("es-MX", "es-419"),
        ("no", "nb"),
        ("nn-NO", "nb"),
    ],
)
def test_a_tag_finds_its_voice(tag: str, voice: str) -> None:
    assert voice_of(tag) == voice


@pytest.mark.parametrize("tag", ["", "xx", "../../etc", "en+f2" * 20, "x" * 500, "de\0", "💥", "klingon"])
def test_what_is_no_language_is_refused(tag: str) -> None:
    with pytest.raises(EngineError, match="does not speak"):
        voice_of(tag)


def test_no_name_can_leave_the_allow_list() -> None:
    for voice in VOICES:
        assert re.fullmatch(r"[a-z0-9-]{1,30}|[a-z]{3}/[a-z]{2,3}", voice)


@pytest.mark.parametrize("tag", CARTESIA)
def test_every_language_of_the_wire_is_spoken(worker: Desk, tag: str) -> None:
    spoken = worker.say("espeak", sentence(voice_of(tag)), tag)
    assert spoken.speech.duration > 0.5


def test_every_voice_speaks_its_own_script(worker: Desk) -> None:
    short = {
        v: d for v in sorted(VOICES) if (d := worker.say("espeak", sentence(v), v).speech.duration) < 0.3
    }
    assert not short
