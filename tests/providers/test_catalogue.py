import uuid
from collections import Counter
from itertools import combinations
from math import hypot, log2

import pytest

from myna.providers.local import catalogue
from myna.speech.errors import InvalidRequest, VoiceNotFound
from myna.speech.languages import WIRE_LANGUAGES, normalize_tag, primary

PUBLISHED_IDS = """
a0e99841-438c-4a64-b679-ae501e7d6091 6ccbfb76-1fc6-48f7-b71d-91ac6298247b
694f9389-aac1-45b6-b726-9d9369183238 e07c00bc-4134-4eae-9ea4-1a55fb45746b
db6b0ed5-d5d3-463d-ae85-518a07d3c2b4 f786b574-daa5-4673-aa0c-cbe3e8534c02
248be419-c632-4f23-adf1-5324ed7dbf1d 87748186-23bb-4158-a1eb-332911b0b708
d46abd1d-2d02-43e8-819f-51fb652c1c61 f9836c6e-a0bd-460e-9d3c-f7299fa60f94
71a7ad14-091c-4e8e-a314-022ece01c121 9626c31c-bec5-4cca-baa8-f8ba9e84c8bc
2f29fdbb-c55e-4add-9c7c-93437ebf379d b67e1c5d-2f4c-4c3d-9f82-96eb4d2f12a8
""".split()
MAJOR = "en de fr es it pt nl pl ru sv tr ja zh hi ko ar".split()

VOICES = catalogue.voices()


def test_there_are_many_voices_with_ids_and_names_of_their_own():
    assert len(VOICES) >= 40
    ids = [id for voice in VOICES for id in (voice.id, *voice.aliases)]
    assert len(set(ids)) == len(ids)
    assert all(str(uuid.UUID(id)) == id for id in ids)
    assert len({catalogue.fold(voice.name) for voice in VOICES}) == len(VOICES)


def test_ids_never_change():
    home = uuid.uuid5(uuid.NAMESPACE_URL, "urn:myna:voice")
    assert [voice.name for voice in VOICES if voice.id != str(uuid.uuid5(home, voice.name))] == []


def test_the_newest_come_first_and_the_default_leads():
    times = [voice.created_at for voice in VOICES]
    assert times == sorted(times, reverse=True)
    assert all(time.utcoffset().total_seconds() == 0 for time in times)
    assert catalogue.default() is VOICES[0]
    assert catalogue.default().language == "en-US"


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.name)
def test_every_voice_is_described(voice):
    assert voice.is_public
    assert 10 < len(voice.description) <= 120
    assert voice.description.endswith(".")
    assert 0 < len(voice.tagline) <= 32
    assert "-" in voice.language
    assert normalize_tag(voice.language) == voice.language
    assert voice.gender in ("feminine", "masculine", "gender_neutral")


def test_every_language_has_a_native_voice_and_the_major_ones_a_woman_and_a_man():
    spoken = {primary(voice.language) for voice in VOICES}
    assert not {primary(language) for language in WIRE_LANGUAGES} - spoken
    for language in MAJOR:
        assert catalogue.native(language, "feminine"), language
        assert catalogue.native(language, "masculine"), language


def test_english_is_rich_and_every_voice_of_it_has_both_realisations():
    english = [voice for voice in VOICES if voice.language.startswith("en")]
    assert len(english) >= 12
    assert len({voice.language for voice in english}) >= 5
    assert {voice.timbre.flite_base for voice in english} == {"slt", "rms", "awb", "kal16"}
    assert all(voice.timbre.flite_base is None for voice in VOICES if voice not in english)


def test_voices_of_one_language_are_meant_to_differ():
    def distance(one, other):
        a, b = one.timbre, other.timbre
        steps = (
            12 * log2(a.pitch_hz / b.pitch_hz) / 2,
            log2(a.formant_scale / b.formant_scale) / log2(1.06),
            log2(a.rate / b.rate) / log2(1.12),
            (a.brightness - b.brightness) / 2,
            (a.flite_base != b.flite_base) * 1.0,
            (a.espeak_variant != b.espeak_variant) * 1.0,
        )
        return hypot(*steps) if one.language == other.language else 9

    for one, other in combinations(VOICES, 2):
        assert distance(one, other) >= 0.9, (one.name, other.name)


@pytest.mark.parametrize("id", PUBLISHED_IDS)
def test_published_ids_are_aliases_of_english_voices(id):
    voice = catalogue.by_id(id)
    assert id in voice.aliases
    assert voice.language.startswith("en")
    assert catalogue.by_id(f" {id.upper()} ") is voice


@pytest.mark.parametrize(
    ("id", "gender", "language"),
    [
        ("a0e99841-438c-4a64-b679-ae501e7d6091", "masculine", "en-US"),
        ("d46abd1d-2d02-43e8-819f-51fb652c1c61", "masculine", "en-US"),
        ("f786b574-daa5-4673-aa0c-cbe3e8534c02", "feminine", "en-US"),
        ("f9836c6e-a0bd-460e-9d3c-f7299fa60f94", "feminine", "en-US"),
        ("71a7ad14-091c-4e8e-a314-022ece01c121", "feminine", "en-GB"),
    ],
)
def test_aliases_keep_what_is_known_of_the_person(id, gender, language):
    voice = catalogue.by_id(id)
    assert (voice.gender, voice.language) == (gender, language)


@pytest.mark.parametrize("wanted", ["Élodie", "elodie", " ELODIE ", "E\u0301lodie"])
def test_names_are_found_without_capitals_and_accents(wanted):
    assert catalogue.find(wanted).name == "Élodie"


def test_find_takes_ids_and_aliases_too():
    wren = catalogue.find("wren")
    assert catalogue.find(wren.id) is catalogue.find(wren.aliases[0]) is wren


def test_an_unknown_voice_is_an_error_that_suggests():
    with pytest.raises(VoiceNotFound, match="did you mean Calloway"):
        catalogue.find("Callaway")
    with pytest.raises(VoiceNotFound, match="list the voices"):
        catalogue.by_id("00000000-0000-0000-0000-000000000000")
    with pytest.raises(VoiceNotFound):
        catalogue.by_id("Wren")
    with pytest.raises(VoiceNotFound) as caught:
        catalogue.find("x" * 10_000)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("en-GB", "Imogen"),
        ("en", "Wren"),
        ("en-ZA", "Wren"),
        ("de", "Liesel"),
        ("no", "Sunniva"),
        ("pt_PT", "Leonor"),
    ],
)
def test_a_native_voice_is_found_for_a_language(language, name):
    assert catalogue.native(language, "feminine").name == name


def test_no_voice_is_native_to_an_unknown_language():
    assert catalogue.native("xx") is None
    with pytest.raises(InvalidRequest):
        catalogue.native("../en")


def test_women_and_men_lie_apart():
    by_gender = Counter(voice.gender for voice in VOICES)
    assert min(by_gender["feminine"], by_gender["masculine"]) > 15
    highest_man = max(voice.timbre.pitch_hz for voice in VOICES if voice.gender == "masculine")
    lowest_woman = min(voice.timbre.pitch_hz for voice in VOICES if voice.gender == "feminine")
    assert lowest_woman / highest_man > 1.1
