import io
import struct
import wave

import numpy as np
import pytest

from myna.audio.containers import samples_offset, seal_wav, wav_header
from myna.audio.encodings import decode, encode
from myna.speech.errors import UnsupportedFormat
from myna.speech.formats import BYTES_PER_SAMPLE, ENCODINGS, SAMPLE_RATES, OutputFormat

TONE = (0.5 * np.sin(np.arange(2001) / 9)).astype(np.float32)


def wav(encoding, rate=24000):
    return OutputFormat(container="wav", encoding=encoding, sample_rate=rate)


def read_by_av(data):
    import av

    with av.open(io.BytesIO(data)) as file:
        stream = file.streams.audio[0]
        frames = [frame.to_ndarray().reshape(-1) for frame in file.decode(stream)]
        return stream.codec_context.name, stream.rate, np.concatenate(frames)


def chunks(data):
    """Name to (size field, offset of the body) of each chunk of a WAV file."""
    at, found = 12, {}
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        found[name.decode()] = (size, at + 8)
        at += 8 + size + size % 2
    return found


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_another_reader_finds_rate_encoding_and_every_sample(encoding, rate):
    data = encode(TONE, encoding)
    codec, found_rate, samples = read_by_av(wav_header(wav(encoding, rate), len(data)) + data)
    assert (codec, found_rate, len(samples)) == (encoding, rate, len(TONE))
    if encoding == "pcm_f32le":
        np.testing.assert_array_equal(samples, TONE)
    else:
        np.testing.assert_array_equal(samples / 32768, decode(data, encoding))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_stream_of_unknown_length_is_read_to_its_end(encoding):
    codec, _, samples = read_by_av(wav_header(wav(encoding), None) + encode(TONE, encoding))
    assert (codec, len(samples)) == (encoding, len(TONE))


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("count", [0, 1, 2001])
def test_sealing_gives_the_file_that_was_known_from_the_start(encoding, count):
    data = encode(TONE[:count], encoding)
    sealed = seal_wav(wav_header(wav(encoding), None) + data)
    assert sealed == wav_header(wav(encoding), len(data)) + data + b"\0" * (len(data) % 2)
    assert struct.unpack_from("<I", sealed, 4)[0] == len(sealed) - 8
    found = chunks(sealed)
    assert found["data"] == (len(data), samples_offset(sealed))
    if encoding != "pcm_s16le":
        assert struct.unpack_from("<I", sealed, found["fact"][1])[0] == count


def test_python_reads_a_sealed_file():
    data = encode(TONE, "pcm_s16le")
    with wave.open(io.BytesIO(seal_wav(wav_header(wav("pcm_s16le"), None) + data))) as file:
        assert file.getparams()[:4] == (1, 2, 24000, len(TONE))
        assert file.readframes(file.getnframes()) == data


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_sizes_beyond_32_bits_are_clamped(encoding):
    found = chunks(wav_header(wav(encoding), 5 << 30))
    header = wav_header(wav(encoding), 5 << 30)
    assert found["data"][0] == 0xFFFFFFFF
    assert struct.unpack_from("<I", header, 4)[0] == 0xFFFFFFFF
    if encoding != "pcm_s16le":
        fact = struct.unpack_from("<I", header, found["fact"][1])[0]
        assert fact == min((5 << 30) // BYTES_PER_SAMPLE[encoding], 0xFFFFFFFF)


def test_wav_without_an_encoding_is_refused():
    with pytest.raises(UnsupportedFormat, match="pcm_f32le"):
        wav_header(OutputFormat(container="mp3", encoding=None, bit_rate=128000), 0)


@pytest.mark.parametrize("data", [b"", b"RIFF", b"OggS" + bytes(60), wav_header(wav("pcm_alaw"), 0)[:-1]])
def test_what_is_not_wav_is_not_sealed(data):
    with pytest.raises(ValueError, match="WAV"):
        seal_wav(data)
