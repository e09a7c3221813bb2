from __future__ import annotations

import numpy as np
import pytest

from myna.engines.sphinx import recognizer
from myna.speech.errors import EngineError
from tests.engines.desk import WOMAN, Desk
from tests.sound import Samples, edits, words

SENTENCE = "The ferry leaves at nine in the morning"


@pytest.fixture(scope="module")
def sphinx() -> recognizer.SphinxRecognizer:
    try:
        recognizer.find()
    except EngineError as error:
        pytest.skip(str(error))
    return recognizer.load()


@pytest.fixture(scope="module")
def spoken(flite: Desk) -> Samples:
    sound = flite.say("flite", SENTENCE, timbre=WOMAN).speech
    assert sound.rate == 16_000
    pause = np.random.default_rng(1).normal(0, 1e-4, 4800).astype(np.float32)
    return np.concatenate([pause, sound.samples, pause])


def test_a_segment_is_written_down(sphinx: recognizer.SphinxRecognizer, spoken: Samples) -> None:
    heard = sphinx.transcribe(spoken, "en-GB", ())
    assert heard.reviewed
    assert edits(words(SENTENCE), [word.text for word in heard.words]) <= 1
    starts = [word.start for word in heard.words]
    assert starts == sorted(starts) and 0.2 < starts[0] < 0.5
    assert all(word.start < word.end <= len(spoken) / 16_000 for word in heard.words)


def test_a_stream_is_heard_as_it_comes(sphinx: recognizer.SphinxRecognizer, spoken: Samples) -> None:
    hearer = sphinx.hear(None, ())
    for _ in range(2):
        hearer.begin()
        partials = []
        for start in range(0, len(spoken), 1000):
            hearer.feed(spoken[start : start + 1000])
            partials.append(len(hearer.partial()))
        assert 0 < partials[len(partials) // 2] < max(partials)
        for _ in hearer.review():
            pass
        heard = hearer.final()
        assert heard.reviewed
        assert edits(words(SENTENCE), [word.text for word in heard.words]) <= 2


@pytest.mark.parametrize("language", ["de", "fr-FR", "zh_CN"])
def test_another_language_is_refused_with_who_can(sphinx: recognizer.SphinxRecognizer, language: str) -> None:
    with pytest.raises(EngineError, match="faster-whisper"):
        sphinx.hear(language, ())
    with pytest.raises(EngineError, match="faster-whisper"):
        sphinx.transcribe(np.zeros(16_000, np.float32), language, ())


@pytest.mark.parametrize("size", [0, 1, 100, 409, 410, 1600])
def test_next_to_nothing_is_nothing(sphinx: recognizer.SphinxRecognizer, size: int) -> None:
    assert sphinx.transcribe(np.zeros(size, np.float32), None, ()).words == ()


@pytest.mark.parametrize("level", [0.001, 0.1])
def test_steady_noise_has_no_words(sphinx: recognizer.SphinxRecognizer, level: float) -> None:
    noise = (level * np.random.default_rng(3).normal(size=24_000)).astype(np.float32)
    assert sphinx.transcribe(noise, None, ()).words == ()


def test_broken_samples_do_not_break_the_engine(sphinx: recognizer.SphinxRecognizer, spoken: Samples) -> None:
    broken = spoken.copy()
    broken[100:200] = np.nan
    broken[5000:5010] = np.inf
    heard = sphinx.transcribe(broken, "en", ())
    assert edits(words(SENTENCE), [word.text for word in heard.words]) <= 4
    loud = sphinx.transcribe(spoken * 20, "en", ())
    assert all(np.isfinite([word.start, word.end]).all() for word in loud.words)


def test_a_review_that_is_given_up_loses_nothing(
    sphinx: recognizer.SphinxRecognizer, spoken: Samples
) -> None:
    hearer = sphinx.hear(None, ())
    hearer.begin()
    half = len(spoken) // 2
    hearer.feed(spoken[:half])
    next(hearer.review(), None)
    hearer.feed(spoken[half:])
    heard = hearer.final()
    assert not heard.reviewed
    assert edits(words(SENTENCE), [word.text for word in heard.words]) <= 3


def test_decoders_serve_one_stream_after_the_other(sphinx: recognizer.SphinxRecognizer) -> None:
    first = sphinx.hear(None, ())
    lent = {id(one) for one in first._passes}  # type: ignore[attr-defined]
    del first
    second = sphinx.hear(None, ())
    assert {id(one) for one in second._passes} == lent  # type: ignore[attr-defined]
