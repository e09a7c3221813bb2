import io
import itertools
import wave

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.audio.containers import samples_offset, seal_wav
from myna.audio.encoder import Encoder
from myna.audio.encodings import decode, from_int16
from myna.speech.errors import UnsupportedFormat
from myna.speech.events import AudioChunk
from myna.speech.formats import BIT_RATES, ENCODINGS, SAMPLE_RATES, OutputFormat
from tests.sound import of_file

RNG = np.random.default_rng(3)
LOUD = from_int16(RNG.integers(-32768, 32768, 9000).astype(np.int16))

formats = st.one_of(
    st.builds(
        OutputFormat,
        container=st.sampled_from(["raw", "wav"]),
        encoding=st.sampled_from(ENCODINGS),
        sample_rate=st.sampled_from(SAMPLE_RATES),
    ),
    st.builds(
        OutputFormat,
        container=st.just("mp3"),
        encoding=st.none(),
        sample_rate=st.sampled_from(SAMPLE_RATES),
        bit_rate=st.sampled_from(BIT_RATES),
    ),
)


def encoded(format, stretches, cuts=()):
    """Bytes of stretches (samples, rate, gain), each cut at the places of `cuts` that fall into it."""
    encoder, data, start = Encoder(format), b"", 0.0
    for samples, rate, gain in stretches:
        edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(samples)}), len(samples)]
        for a, b in itertools.pairwise(edges):
            data += encoder.encode(AudioChunk(samples[a:b], rate, start, gain))
            start += (b - a) / rate
    return data + encoder.finish(), encoder


stretches = st.lists(
    st.tuples(
        st.integers(0, 4000).map(lambda n: LOUD[:n]),
        st.sampled_from([16000, 22050]),
        st.sampled_from([0.5, 1.0, 1.0, 2.0]),
    ),
    max_size=3,
)


@given(format=formats, stretches=stretches, cuts=st.lists(st.integers(1, 4000), max_size=5))
@settings(max_examples=120, deadline=None)
def test_the_bytes_do_not_depend_on_the_cuts(format, stretches, cuts):
    assert encoded(format, stretches, cuts)[0] == encoded(format, stretches)[0]


@given(format=formats, stretches=stretches)
@settings(max_examples=80, deadline=None)
def test_counts_are_exact_and_full_scale_is_never_passed(format, stretches):
    data, encoder = encoded(format, stretches)
    runs = []
    for samples, rate, _ in stretches:
        if runs and runs[-1][1] == rate:
            runs[-1][0] += len(samples)
        else:
            runs.append([len(samples), rate])
    expected = sum((2 * n * format.sample_rate + rate) // (2 * rate) for n, rate in runs)
    assert encoder.samples == expected
    assert encoder.seconds == expected / format.sample_rate
    if format.container == "mp3":
        return
    body = data[samples_offset(data) :] if format.container == "wav" else data
    assert len(body) == expected * format.bytes_per_sample
    assert np.abs(decode(body, format.encoding)).max(initial=0) <= 1.0


def test_the_engines_own_samples_pass_bit_for_bit():
    samples = RNG.integers(-32768, 32768, 5000).astype(np.int16)
    format = OutputFormat(encoding="pcm_s16le", sample_rate=22050)
    data, _ = encoded(format, [(from_int16(samples), 22050, 1.0)], cuts=[100, 2000])
    assert data == samples.astype("<i2").tobytes()


@pytest.mark.parametrize("rate", SAMPLE_RATES)
def test_each_chunk_leaves_within_milliseconds_of_audio(rate):
    encoder = Encoder(OutputFormat(encoding="pcm_s16le", sample_rate=rate))
    for n in range(1, 6):
        data = encoder.encode(AudioChunk(LOUD[:1324], 22050, 0.0))
        assert len(data) % 2 == 0
        held = n * 1324 / 22050 - encoder.seconds
        assert held <= (0.0065 if rate != 22050 else 0.0)


def test_louder_is_louder_but_not_clipped():
    tone = (0.8 * np.sin(np.arange(20000) / 20)).astype(np.float32)
    format = OutputFormat(sample_rate=22050)
    data, _ = encoded(format, [(tone, 22050, 2.0)])
    samples = decode(data, "pcm_f32le")
    assert len(samples) == len(tone)
    assert 0.98 < np.abs(samples).max() <= 1.0
    assert np.mean(np.abs(samples) > 0.999) < 0.05


def test_a_wav_stream_can_be_sealed_for_any_reader():
    format = OutputFormat(container="wav", encoding="pcm_s16le", sample_rate=16000)
    data, encoder = encoded(format, [(LOUD, 22050, 1.0)])
    with wave.open(io.BytesIO(seal_wav(data))) as file:
        assert (file.getframerate(), file.getnframes()) == (16000, encoder.samples)


def test_a_wav_stream_without_audio_is_its_header():
    format = OutputFormat(container="wav", encoding="pcm_mulaw", sample_rate=8000)
    data = Encoder(format).finish()
    assert samples_offset(data) == len(data)


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"container": "webm"}, "raw, wav, mp3"),
        ({"sample_rate": 11025}, "22050"),
        ({"encoding": "pcm_u8"}, "pcm_mulaw"),
        ({"encoding": None}, "missing.*pcm_f32le"),
        ({"container": "mp3", "encoding": None, "bit_rate": 56000}, "64000"),
        ({"container": "mp3", "encoding": None}, "missing.*64000"),
    ],
)
def test_formats_that_do_not_exist_are_refused_by_name(fields, named):
    with pytest.raises(UnsupportedFormat, match=named):
        Encoder(OutputFormat(**fields))


@pytest.mark.parametrize("rate", [8000, 44100])
def test_mp3_leaves_room_for_its_decoder(rate):
    time = np.arange(rate * 2) / rate
    hum = sum(np.sin(2 * np.pi * 120 * number * time + number) / number for number in range(1, 21))
    voice = hum * (0.3 + 0.2 * np.sin(2 * np.pi * 3 * time))
    encoder = Encoder(OutputFormat("mp3", None, rate, 32000))
    loud = encoder.encode(AudioChunk(voice.astype(np.float32), rate, 0.0, gain=4.0)) + encoder.finish()
    decoded = of_file(loud).samples
    assert 0.7 < np.abs(decoded).max() <= 1.0
