import io
import itertools

import av
import numpy as np
import pytest

from myna.audio.encoder import Encoder
from myna.speech.errors import UnsupportedFormat
from myna.speech.events import AudioChunk
from myna.speech.formats import OPUS_RATES, SAMPLE_RATES, OutputFormat, check, check_any

FORMATS = {
    "ogg": OutputFormat("ogg", None, 24000, 64000),
    "aac": OutputFormat("aac", None, 24000, 64000),
    "flac": OutputFormat("flac", None, 24000),
}
each = pytest.mark.parametrize("format", FORMATS.values(), ids=FORMATS)


def tone(seconds, rate=24000):
    """A tone between 20 ms of silence on either side, with soft edges."""
    steps = np.arange(round(seconds * rate))
    edges = np.clip((np.minimum(steps, steps[::-1]) / rate - 0.02) / 0.02, 0, 1)
    return (0.5 * edges * np.sin(2 * np.pi * 440 * steps / rate)).astype(np.float32)


def made(format, samples, cuts=(), rate=24000):
    encoder = Encoder(format)
    edges = [0, *cuts, len(samples)]
    pieces = [encoder.encode(AudioChunk(samples[a:b], rate, a / rate)) for a, b in itertools.pairwise(edges)]
    return [*pieces, encoder.finish()]


def read(data):
    """Samples of a file, at its codec's own rate."""
    with av.open(io.BytesIO(data)) as file:
        stream = file.streams.audio[0]
        parts = [frame.to_ndarray() for frame in file.decode(stream)]
        scale = 32768 if parts[0].dtype == np.int16 else 1
        return stream.codec_context.name, stream.rate, np.concatenate([p.reshape(-1) for p in parts]) / scale


@each
@pytest.mark.parametrize("size", [1, 100, 4800, 24000, 23777, 36001])
def test_the_length_is_exact_where_the_format_can_tell_it(format, size):
    name, rate, samples = read(b"".join(made(format, tone(2)[:size])))
    assert name.removeprefix("lib") == {"ogg": "opus"}.get(format.container, format.container)
    if format.container == "aac":
        assert 0 <= len(samples) - size <= 2048 + 24
    else:
        assert len(samples) * 24000 == size * rate


@each
def test_what_comes_back_is_what_went_in_without_clicks_at_the_ends(format):
    wave = tone(1.0)
    _, rate, samples = read(b"".join(made(format, wave)))
    at = 1024 if format.container == "aac" else 0
    heard = samples[:: rate // 24000][at : at + len(wave)]
    assert np.corrcoef(wave, heard)[0, 1] > 0.99
    quiet = np.concatenate([samples[: round(0.015 * rate)], samples[-round(0.015 * rate) :]])
    assert np.abs(quiet).max() < 0.02
    if format.container == "flac":
        assert np.abs(wave - samples).max() <= 1 / 32768


@each
def test_sound_leaves_early(format):
    encoder = Encoder(format)
    step, wave = 240, tone(1.0)
    sizes = [len(encoder.encode(AudioChunk(wave[a : a + step], 24000, 0.0))) for a in range(0, 24000, step)]
    headed = sum(sizes[:2])
    first = next(i for i in range(len(sizes)) if sum(sizes[: i + 1]) > headed)
    assert (first + 1) * 0.01 <= {"ogg": 0.05, "flac": 0.06, "aac": 0.1}[format.container]
    assert sum(sizes) > 0.8 * (sum(sizes) + len(encoder.finish()))


@each
def test_cuts_change_no_byte(format):
    samples = tone(0.4)
    expected = b"".join(made(format, samples))
    assert b"".join(made(format, samples, cuts=[1, 2, 700, 5000, 5001])) == expected


@each
def test_no_audio_is_an_end_without_an_error(format):
    assert len(Encoder(format).finish()) < 1000


@pytest.mark.parametrize("rate", SAMPLE_RATES)
@pytest.mark.parametrize("container", FORMATS)
def test_every_rate_that_a_codec_has(container, rate):
    format = OutputFormat(container, None, rate)
    if container == "ogg" and rate not in OPUS_RATES:
        with pytest.raises(UnsupportedFormat, match="24000"):
            check_any(format)
        return
    encoder = Encoder(format)
    data = encoder.encode(AudioChunk(tone(0.5, 16000), 16000, 0.0)) + encoder.finish()
    _, found, samples = read(data)
    assert len(samples) / found == pytest.approx(0.5, abs=0.3 if container == "aac" else 0.001)


@each
def test_cartesia_s_wire_does_not_have_them(format):
    with pytest.raises(UnsupportedFormat, match="raw, wav, mp3"):
        check(format)
    assert check_any(format) == format


def test_a_stream_that_is_given_up_leaves_nothing_behind():
    for format in FORMATS.values():
        encoder = Encoder(format)
        encoder.encode(AudioChunk(tone(0.5), 24000, 0.0))
        del encoder
