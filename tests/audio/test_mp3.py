import io

import numpy as np
import pytest

from myna.audio.mp3 import Mp3Encoder, real_bit_rate
from myna.speech.formats import BIT_RATES, SAMPLE_RATES


def tone(rate, seconds):
    return (0.4 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def read(data):
    import av

    with av.open(io.BytesIO(data)) as file:
        stream = file.streams.audio[0]
        return stream.rate, np.concatenate([frame.to_ndarray().reshape(-1) for frame in file.decode(stream)])


@pytest.mark.parametrize("rate", SAMPLE_RATES)
@pytest.mark.parametrize("bit_rate", BIT_RATES)
def test_every_rate_gives_a_file_of_the_right_length_and_size(rate, bit_rate):
    encoder = Mp3Encoder(rate, bit_rate)
    samples = tone(rate, 1.5)
    data = b"".join(encoder.push(part) for part in np.array_split(samples, 23)) + encoder.finish()
    found_rate, decoded = read(data)
    seconds = len(decoded) / rate
    assert found_rate == rate
    assert 1.5 <= seconds <= 1.5 + (0.17 if rate == 8000 else 0.09)
    assert len(data) * 8 / seconds == pytest.approx(real_bit_rate(rate, bit_rate), rel=0.02)
    level = np.sqrt(np.mean(decoded[len(decoded) // 4 : -len(decoded) // 4] ** 2))
    assert level == pytest.approx(0.4 / np.sqrt(2), rel=0.06)


def test_frames_come_while_audio_goes_in():
    encoder = Mp3Encoder(24000, 64000)
    assert len(encoder.push(tone(24000, 0.2))) > 0.1 * 64000 / 8


@pytest.mark.parametrize("sizes", [[1] * 5, [575, 2, 3000], [10000]])
def test_cuts_change_no_byte(sizes):
    samples = tone(22050, sum(sizes) / 22050)
    whole = Mp3Encoder(22050, 96000)
    expected = whole.push(samples) + whole.finish()
    cut = Mp3Encoder(22050, 96000)
    parts = [cut.push(part) for part in np.split(samples, np.cumsum(sizes)[:-1])]
    assert b"".join(parts) + cut.finish() == expected


def test_no_audio_is_an_end_without_an_error():
    assert Mp3Encoder(44100, 128000).finish() == b""
