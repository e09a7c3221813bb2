from __future__ import annotations

import array
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.engines.silence import CLAUSE_PAUSE, SENTENCE_PAUSE, Trim, pause_after


def _bytes(*samples: int) -> bytes:
    return array.array("h", samples).tobytes()


def test_silence_is_cut_at_both_ends_and_kept_inside() -> None:
    trim = Trim(lead=2)
    out = trim.feed(_bytes(0, 0, 0)) + trim.feed(_bytes(0, 0, 256, 0, 0)) + trim.feed(_bytes(0, -1, 0, 0))
    assert out == _bytes(0, 0, 256, 0, 0, 0, -1)
    assert trim.cut == 3
    assert trim.kept == 7
    assert trim.tail(1) == _bytes(0)
    assert trim.kept == 8


@given(
    st.lists(st.lists(st.sampled_from([0, 0, 0, 1, 256, -256, 32767, -32768]), max_size=9)), st.integers(0, 4)
)
def test_what_is_cut_is_exactly_the_silence_outside(buffers: list[list[int]], lead: int) -> None:
    trim = Trim(lead)
    out = array.array("h", b"".join(trim.feed(_bytes(*buffer)) for buffer in buffers)).tolist()
    whole = [sample for buffer in buffers for sample in buffer]
    sounding = [index for index, sample in enumerate(whole) if sample]
    if not sounding:
        assert out == []
        assert not trim.begun
        return
    first = max(0, sounding[0] - lead)
    assert out == whole[first : sounding[-1] + 1]
    assert trim.cut == first
    assert trim.kept == len(out)


@pytest.mark.parametrize(
    ("text", "continues", "expected"),
    [
        ("Good.", False, SENTENCE_PAUSE),
        ("Really?”", False, SENTENCE_PAUSE),
        ("no mark at all", False, SENTENCE_PAUSE),
        ("你好。", False, SENTENCE_PAUSE),
        ("first,", False, CLAUSE_PAUSE),
        ("first, ", True, CLAUSE_PAUSE),
        ("the quick brown", True, 0.0),
        ("", True, 0.0),
    ],
)
def test_a_pause_fits_the_mark_before_it(text: str, continues: bool, expected: float) -> None:
    assert pause_after(text, continues=continues, tempo=1.0) == expected
    assert pause_after(text, continues=continues, tempo=2.0) == expected / 2


def test_pauses_grow_with_the_weight_of_the_mark() -> None:
    lengths = [pause_after(text, continues=True, tempo=1.0) for text in ("a", "a,")]
    lengths.append(pause_after("a.", continues=False, tempo=1.0))
    assert all(shorter < longer for shorter, longer in pairwise(lengths))
