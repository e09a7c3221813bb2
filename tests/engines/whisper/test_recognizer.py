from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from myna.engines.protocols import Heard
from myna.engines.whisper import recognizer
from myna.speech.errors import EngineError, InvalidRequest
from myna.speech.listening import TimedWord
from tests.engines.whisper import tiny
from tests.engines.whisper.conftest import RATE

Sound = NDArray[np.float32]


def text(heard: Heard) -> str:
    return " ".join(word.text for word in heard.words)


def test_what_is_said_comes_with_times_and_language(model: Path, noise: Sound) -> None:
    heard = recognizer.load(str(model)).transcribe(noise, None, ())
    assert text(heard) == "Hello from Myna."
    assert heard.language == "de" and heard.reviewed
    for word, second in zip(heard.words, (0, 1, 2), strict=True):
        assert word.start == pytest.approx(second, abs=0.15)
        assert word.end == pytest.approx(second + 1, abs=0.15)
    json.dumps([(word.start, word.end) for word in heard.words])  # numpy's numbers could not


@pytest.mark.parametrize(
    ("asked", "said", "told"),
    [("es", "Hola from Myna.", "es"), ("es-MX", "Hola from Myna.", "es"), ("nb-NO", "Hello from Myna.", "no"),
     ("iw", "Hello from Myna.", "he"), ("jv", "Hello from Myna.", "jv")],
)  # fmt: skip
def test_languages_reach_the_model(model: Path, noise: Sound, asked: str, said: str, told: str) -> None:
    heard = recognizer.load(str(model)).transcribe(noise, asked, ())
    assert (text(heard), heard.language) == (said, told)


def test_keyterms_reach_the_model(model: Path, noise: Sound) -> None:
    whisper = recognizer.load(str(model))
    assert text(whisper.transcribe(noise, "en", ("bird", "Mynah"))) == "Hello from Mynah."
    assert text(whisper.transcribe(noise, "en", ("bird",))) == "Hello from Myna."


def test_more_keyterms_than_a_prompt_holds_do_no_harm(model: Path, noise: Sound) -> None:
    whisper = recognizer.load(str(model))
    assert (
        text(whisper.transcribe(noise, "en", tuple(f"word{i:08}" for i in range(100)))) == "Hello from Myna."
    )


@pytest.mark.parametrize("hint", [(), ("Mynah",)])
@pytest.mark.parametrize("level", [0.0, 1e-4])
def test_silence_has_no_words(model: Path, noise: Sound, level: float, hint: tuple[str, ...]) -> None:
    assert recognizer.load(str(model)).transcribe(noise * np.float32(level), None, hint).words == ()


def test_a_language_without_spaces_has_words_of_its_own(model: Path, noise: Sound) -> None:
    heard = recognizer.load(str(model)).transcribe(noise, "zh-CN", ())
    assert [word.text for word in heard.words][:2] == ["你好", "from"]
    assert heard.language == "zh"


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.04, 0.06, 0.3, 1.0, 29.99, 30.0, 45.0])
def test_any_length_is_heard_within_itself(model: Path, noise: Sound, seconds: float) -> None:
    sound = np.resize(noise, math.ceil(seconds * RATE))
    heard = recognizer.load(str(model)).transcribe(sound, "en", ())
    within(heard.words, len(sound) / RATE)
    if seconds >= 30:
        assert text(heard).startswith("Hello from Myna.")


def within(words: tuple[TimedWord, ...], seconds: float) -> None:
    before = 0.0
    for word in words:
        assert 0.0 <= before <= word.start <= word.end <= round(seconds, 3)
        assert word.text and word.text == word.text.strip()
        before = word.start


def test_a_model_that_repeats_itself_is_cut_short(tmp_path: Path, noise: Sound) -> None:
    loop = tiny.scripted(tmp_path / "loop", tiny.Script(endless=True))
    heard = recognizer.load(str(loop)).transcribe(np.resize(noise, 20 * RATE), "en", ())
    assert text(heard).startswith("Hello from Myna.")
    assert text(heard).count("Hello from") <= 2


@pytest.mark.parametrize(("seed", "multilingual"), [(1, False), (2, True), (3, True)])
def test_whatever_a_model_says_is_bounded(
    tmp_path: Path, noise: Sound, seed: int, multilingual: bool
) -> None:
    whisper = recognizer.load(str(tiny.random(tmp_path / "model", seed=seed, multilingual=multilingual)))
    heard = whisper.transcribe(noise, None, ("a", "b"))
    within(heard.words, 4)
    assert len(text(heard)) < 2000
    assert all(word.text.isprintable() and "\ufffd" not in word.text for word in heard.words)


def test_english_models_say_who_hears_the_rest(english: Path, noise: Sound) -> None:
    whisper = recognizer.load(str(english))
    assert whisper.languages == ("en",)
    assert text(whisper.transcribe(noise, "en-GB", ())) == "Hello from Myna."
    assert whisper.transcribe(noise, None, ()).language == "en"
    for call in (lambda: whisper.transcribe(noise, "de", ()), lambda: whisper.hear("de", ())):
        with pytest.raises(EngineError, match=r"English only, not 'de'; use .*faster-whisper:small"):
            call()


def test_other_models_say_what_they_hear(model: Path, noise: Sound) -> None:
    whisper = recognizer.load(str(model))
    assert len(whisper.languages) == 99 and {"en", "he", "jv", "no", "zh"} <= set(whisper.languages)
    with pytest.raises(EngineError, match="does not hear 'tlh'; it hears af, am, "):
        whisper.transcribe(noise, "tlh", ())
    with pytest.raises(EngineError, match="'yue'"):  # the language is known to the library, not to the model
        whisper.hear("yue", ())
    with pytest.raises(InvalidRequest, match="language tag"):
        whisper.transcribe(noise, "<|en|>", ())


def test_a_model_stays_until_another_is_asked_for(model: Path, english: Path, tmp_path: Path) -> None:
    whisper = recognizer.load(str(model))
    (tmp_path / "link").symlink_to(model)
    assert recognizer.load(str(tmp_path / "link")) is whisper
    recognizer.load(str(english))
    assert len(recognizer._held) == 1
    assert recognizer.load(str(model)) is not whisper


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, model: Path) -> None:
    find_spec = recognizer.importlib.util.find_spec
    monkeypatch.setattr(
        recognizer.importlib.util,
        "find_spec",
        lambda name: None if name == "ctranslate2" else find_spec(name),
    )
    for call in (recognizer.find, lambda: recognizer.load(str(model))):
        with pytest.raises(EngineError, match=r"pip install 'myna\[whisper\]'"):
            call()
