import pytest

from myna.providers.local.emotions import EMOTIONS, NEUTRAL, EmotionProsody, prosody

WIRE = """
neutral happy excited enthusiastic elated euphoric triumphant amazed surprised flirtatious curious
content peaceful serene calm grateful affectionate trust sympathetic anticipation mysterious angry
mad outraged frustrated agitated threatened disgusted contempt envious sarcastic ironic sad dejected
melancholic disappointed hurt guilty bored tired rejected nostalgic wistful apologetic hesitant
insecure confused resigned anxious panicked alarmed scared proud confident distant skeptical
contemplative determined
""".split()


def test_every_emotion_of_the_wire_is_known_and_does_something():
    assert len(WIRE) == 58
    assert not set(WIRE) - set(EMOTIONS)
    assert [name for name in WIRE if EMOTIONS[name] == NEUTRAL] == ["neutral"]


def test_no_two_emotions_of_the_wire_are_the_same():
    assert len({EMOTIONS[name] for name in WIRE}) == len(WIRE)


@pytest.mark.parametrize("name", EMOTIONS)
def test_factors_keep_speech_within_what_a_voice_can_do_even_at_full_strength(name):
    strongest = prosody(name, 2.0)
    assert 0.6 < strongest.pitch < 2.0
    assert 0.2 <= strongest.pitch_range < 2.7
    assert 0.55 < strongest.speed < 1.8
    assert 0.4 < strongest.gain < 2.3


@pytest.mark.parametrize("name", [None, "", "perplexed by bees", "<angry>"])
def test_none_and_unknown_names_are_neutral(name):
    assert prosody(name, 2.0) == NEUTRAL


def test_names_are_read_in_any_case():
    assert prosody(" Angry ") == EMOTIONS["angry"]


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("anger", "angry"),
        ("positivity", "happy"),
        ("surprise", "surprised"),
        ("sadness", "sad"),
        ("curiosity", "curious"),
    ],
)
def test_the_names_of_the_first_generations_mean_the_same(older, newer):
    assert prosody(older) == prosody(newer)


def test_level_scales_from_nothing_to_twice_and_no_further():
    angry = EMOTIONS["angry"]
    assert prosody("angry", 0.0) == NEUTRAL
    assert prosody("angry", -1.0) == NEUTRAL
    assert 1.0 < prosody("angry", 0.5).pitch < angry.pitch < prosody("angry", 1.5).pitch
    assert prosody("angry", 2.0) == prosody("angry", 9.0)
    assert prosody("angry", 2.0).gain == pytest.approx(angry.gain**2)
    assert isinstance(prosody("angry", 2.0), EmotionProsody)
