"""What is on standard input: samples, or a WAV file."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.cli.captions import last_columns
from myna.cli.incoming import MOST_HEADER, Beginning, beginning
from myna.speech.errors import UsageError
from myna.speech.listening import InputFormat


def wav(kind: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, *more: bytes) -> bytes:
    """A WAV file without samples; `more` are chunks before them."""
    frame = channels * bits // 8
    fields = struct.pack("<HHIIHH", kind, channels, rate, rate * frame, frame, bits)
    if kind == 0xFFFE:
        fields += struct.pack("<HHIH14x", 22, bits, 4, 3)
    parts = [b"WAVE", b"fmt ", struct.pack("<I", len(fields)), fields, *more, b"data\xff\xff\xff\xff"]
    return b"RIFF\xff\xff\xff\xff" + b"".join(parts)


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        (wav(), "pcm_s16le"),
        (wav(1, bits=32), "pcm_s32le"),
        (wav(3, bits=32), "pcm_f32le"),
        (wav(7, bits=8), "pcm_mulaw"),
        (wav(6, bits=8), "pcm_alaw"),
        (wav(0xFFFE, 1, 8000, 32), "pcm_f32le"),
        (wav(1, 1, 8000, 16, b"LIST\3\0\0\0abc\0"), "pcm_s16le"),
    ],
)
def test_a_wav_file_tells_what_it_is_however_it_is_cut(header, encoding):
    whole = Beginning(len(header), InputFormat(encoding, 8000))
    assert beginning(header + b"samples") == whole
    assert beginning(header) == whole
    assert {beginning(header[:cut]) for cut in range(1, len(header))} <= {None, whole}


@given(st.binary(min_size=1, max_size=80).filter(lambda data: not b"RIFF".startswith(data[:4])))
def test_anything_else_is_samples_from_its_first_byte(data):
    assert beginning(data) == Beginning(0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (wav(channels=2), "2 channels"),
        (wav(bits=24), "24-bit"),
        (wav()[:36] + b"junk\xff\xff\xff\x7f", "without samples"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "without samples"),
        (b"RIFF\0\0\0\0WAVEfmt \2\0\0\0ab", "broken"),
        (b"RIFF\0\0\0\0WAVE" + b"junk\0\0\0\0" * (MOST_HEADER // 8), "without samples"),
    ],
)
def test_a_wav_file_that_cannot_be_listened_to_is_refused(data, words):
    with pytest.raises(UsageError, match=words):
        beginning(data)


@given(st.binary(max_size=200))
def test_whatever_follows_a_wav_header_ends_in_an_answer(rest):
    data = b"RIFF\0\0\0\0WAVE" + rest
    try:
        found = beginning(data)
    except UsageError:
        return
    assert found is None or (found.format is not None and found.start <= len(data))


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [("short", 5, "short"), ("a longer one", 6, "…r one"), ("今日はいい天気", 7, "…い天気"), ("", 3, "")],
)
def test_what_does_not_fit_on_a_line_loses_its_beginning(text, width, shown):
    assert last_columns(text, width) == shown
