"""Forms whose fields are parts, as clients write them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.speech.errors import InvalidRequest
from myna.wire.cartesia.forms import fields_of, format_of, voice_of

NUMBERS = [index / 192 for index in range(192)]


@pytest.mark.parametrize(
    ("part", "value", "found"),
    [
        ("a[b]", "1", {"b": ["1"]}),
        ("a.b", " 1 ", {"b": ["1"]}),
        ("a_b", "1", {"b": ["1"]}),
        ("a[b][c]", "1", {"b.c": ["1"]}),
        ("a[b][]", "1", {"b": ["1"]}),
        ("a[b][0]", "1", {"b": ["1"]}),
        ("a[b]", "[1, 2.5]", {"b": ["1", "2.5"]}),
        ("a", '{"b": {"c": true}, "d": null, "e": ""}', {"b.c": ["true"]}),
        ("a", "plain", {"": ["plain"]}),
        ("a[b]", "", {}),
        ("a[b]", "null", {}),
        ("a[b", "1", {}),
        ("ab", "1", {}),
        ("a]b", "1", {}),
        ("other", "1", {}),
    ],
)
def test_fields(part: str, value: str, found: dict[str, list[str]]) -> None:
    assert fields_of([(part, value)], "a") == found


@given(
    st.lists(st.tuples(st.text(alphabet="a[]._b0", max_size=8), st.text(alphabet='{}[]",:a0', max_size=8)))
)
def test_no_form_breaks_it(parts: list[tuple[str, str]]) -> None:
    try:
        fields_of(parts, "a")
    except InvalidRequest as error:
        assert "JSON" in error.message


@pytest.mark.parametrize(
    "parts",
    [
        [("voice[embedding][]", str(number)) for number in NUMBERS],
        [(f"voice[embedding][{index}]", str(number)) for index, number in enumerate(NUMBERS)],
        [("voice[embedding]", json.dumps(NUMBERS))],
        [("voice", json.dumps({"mode": "embedding", "embedding": NUMBERS}))],
    ],
)
def test_voices_of_numbers(parts: list[tuple[str, str]]) -> None:
    assert voice_of(parts).embedding == pytest.approx(NUMBERS)
    assert voice_of([*parts, ("voice[id]", "ada")]).id == "ada"


@pytest.mark.parametrize("numbers", ["[]", "[1]", str(["x"] * 192), json.dumps([float("nan")] * 192)])
def test_voices_of_other_numbers(numbers: str) -> None:
    with pytest.raises(InvalidRequest):
        voice_of([("voice[embedding]", numbers)])


@pytest.mark.parametrize("value", ["16000", "16000.0", "16000."])
def test_numbers_as_clients_write_them(value: str) -> None:
    parts = {"container": "raw", "encoding": "pcm_s16le", "sample_rate": value}
    assert format_of([(f"output_format[{name}]", each) for name, each in parts.items()]).sample_rate == 16000
