import numpy as np
import pytest

from myna.audio.joins import fade_out

ONES = np.ones(1000, dtype=np.float32)


@pytest.mark.parametrize("length", [0, 1, 10, 1000])
def test_a_fade_is_smooth_and_touches_only_the_end(length):
    samples = ONES[:length]
    faded = fade_out(samples, 10000, 0.005)
    assert len(faded) == length
    assert (np.diff(faded) <= 0).all()
    assert (faded[:-50] == 1).all()
    assert (samples == 1).all()


def test_a_fade_ends_in_silence():
    assert 0 <= fade_out(ONES, 10000, 0.005)[-1] < 0.001
