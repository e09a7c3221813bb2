import warnings

import numpy as np
import pytest

from myna.audio.encodings import decode, encode, from_int16, to_int16
from myna.speech.formats import ENCODINGS

EVERY_SAMPLE = np.arange(-32768, 32768, dtype=np.int16)


@pytest.fixture
def audioop():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return pytest.importorskip("audioop", reason="audioop left Python with 3.13")


@pytest.mark.parametrize(("encoding", "reference"), [("pcm_mulaw", "lin2ulaw"), ("pcm_alaw", "lin2alaw")])
def test_every_sample_is_companded_as_g711_does(audioop, encoding, reference):
    expected = getattr(audioop, reference)(EVERY_SAMPLE.astype("<i2").tobytes(), 2)
    assert encode(from_int16(EVERY_SAMPLE), encoding) == expected


@pytest.mark.parametrize("encoding", ["pcm_mulaw", "pcm_alaw"])
def test_every_code_is_expanded_as_another_decoder_does(encoding):
    from av import CodecContext, Packet

    codec = CodecContext.create(encoding, "r")
    codec.sample_rate = 8000
    codec.layout = "mono"
    codes = bytes(range(256))
    (frame,) = codec.decode(Packet(codes))
    np.testing.assert_array_equal(to_int16(decode(codes, encoding)), frame.to_ndarray().reshape(-1))


@pytest.mark.parametrize("encoding", ["pcm_mulaw", "pcm_alaw"])
def test_a_companded_sample_is_near_the_original(encoding):
    error = np.abs(decode(encode(from_int16(EVERY_SAMPLE), encoding), encoding) * 32768 - EVERY_SAMPLE)
    assert (error <= np.maximum(np.abs(EVERY_SAMPLE.astype(float)) / 25, 24)).all()


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_decoding_and_encoding_again_changes_nothing(encoding):
    samples = np.sin(np.arange(4000) / 7).astype(np.float32)
    data = encode(samples, encoding)
    again = encode(decode(data, encoding), encoding)
    if encoding == "pcm_mulaw":  # it has two zeros
        data, again = data.replace(b"\x7f", b"\xff"), again.replace(b"\x7f", b"\xff")
    assert again == data


def test_sixteen_bit_samples_survive_the_way_through_float():
    np.testing.assert_array_equal(to_int16(from_int16(EVERY_SAMPLE)), EVERY_SAMPLE)


def test_float_samples_are_written_as_they_are():
    samples = np.array([0.0, 1.5, -2.25, 1e-30], dtype=np.float32)
    assert encode(samples, "pcm_f32le") == samples.astype("<f4").tobytes()
    np.testing.assert_array_equal(decode(encode(samples, "pcm_f32le"), "pcm_f32le"), samples)


def test_integers_saturate_and_what_is_no_number_is_silent():
    wild = np.array([1.0, -1.0, 7.0, -7.0, np.inf, -np.inf, np.nan, 1e38], dtype=np.float32)
    expected = [32767, -32768, 32767, -32768, 32767, -32768, 0, 32767]
    np.testing.assert_array_equal(to_int16(wild), expected)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_nothing_in_nothing_out(encoding):
    assert encode(np.zeros(0, dtype=np.float32), encoding) == b""
    assert decode(b"", encoding).shape == (0,)


def test_unknown_encodings_are_refused():
    with pytest.raises(ValueError, match="pcm_s16le"):
        encode(np.zeros(1, dtype=np.float32), "pcm_u8")
    with pytest.raises(ValueError, match="pcm_s16le"):
        decode(b"\0", "pcm_u8")
