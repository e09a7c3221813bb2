"""What a recording tells beyond the embedding: which voice of each engine to start from, and what to change.

The form is `mlk1`, the number of parts, and for each part the engine, the base, the formant scale and a
transformation. Reading what to start from needs no numpy.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from myna.engines.world.bands import Floats
    from myna.engines.world.calibration import Calibration
    from myna.engines.world.frames import Frames
    from myna.engines.world.regression import Sample
    from myna.engines.world.transformation import Transformation

_MAGIC = b"mlk1"
_PART = struct.Struct("<8s8sfI")
_PERIOD = 0.008
"""Seconds from frame to frame."""
_MOST_FRAMES = 2000
"""Frames of a recording that are learnt from."""
_ORDERS = slice(1, 16)
"""Cepstra in whose movement the size of a head shows."""
_USUAL_PITCH, PITCH_BY_SIZE = 110.0, 3.0
"""How the pitch of people goes with their size: Hz at a formant scale of 1, and the exponent."""
_UNUSUAL = 0.05
"""Deviation from that, as a share of the size, that costs half a unit of divergence."""


@dataclass(frozen=True, slots=True)
class Start:
    """The voice of an engine that an imitation starts from.

    Attributes:
        engine: whose it is.
        base: recording that Flite starts from; empty for eSpeak NG.
        formant_scale: of its timbre.
    """

    engine: str
    base: str
    formant_scale: float


def start(detail: bytes, engine: str) -> Start | None:
    """What to start from on an engine; None where the detail does not tell."""
    return next((each for each, _ in _parts(detail) if each.engine == engine), None)


def transformation(detail: bytes, wanted: Start) -> Transformation | None:
    """What turns `wanted` into the voice; None where that was not learnt."""
    from myna.engines.world.transformation import Transformation

    for each, body in _parts(detail):
        same = (each.engine, each.base) == (wanted.engine, wanted.base)
        if same and math.isclose(each.formant_scale, wanted.formant_scale, abs_tol=0.002):
            try:
                return Transformation.unpacked(body)
            except ValueError:
                return None
    return None


def _parts(detail: bytes) -> Iterator[tuple[Start, bytes]]:
    """The parts; of what is not of this form, none."""
    if not detail.startswith(_MAGIC):
        return
    place = len(_MAGIC)
    while place + _PART.size <= len(detail):
        engine, base, scale, size = _PART.unpack_from(detail, place)
        place += _PART.size
        yield Start(_name(engine), _name(base), round(scale, 4)), detail[place : place + size]
        place += size


def _name(padded: bytes) -> str:
    return padded.rstrip(b"\0").decode("ascii", "replace")


def learnt(heard: Frames, pitch_hz: float) -> bytes:
    """The detail of the voice in a recording: one size fits all engines, as a timbre has only one."""
    from myna.engines.world.calibration import calibrations
    from myna.engines.world.frames import RATE
    from myna.engines.world.transformation import learnt

    target = sample(heard, heard.samples, RATE, pitch_hz)
    sizes: dict[float, list[Calibration]] = {}
    for each in calibrations():
        sizes.setdefault(each.formant_scale, []).append(each)
    _, chosen = min(
        sizes.items(),
        key=lambda item: sum(
            divergence(each.sample, target) + _unlikely(item[0], pitch_hz) for each in item[1]
        ),
    )
    written = _MAGIC
    for each in chosen:
        body = learnt(each.sample, target).packed()
        written += _PART.pack(each.engine.encode(), each.base.encode(), each.formant_scale, len(body)) + body
    return written


def sample(
    heard: Frames, samples: Floats, sample_rate: float, pitch_hz: float, period: float = _PERIOD
) -> Sample:
    """Frames of a recording as a filter hears them.

    Args:
        heard: what of the recording is voiced and loud.
        samples: the recording, shape (n,).
        sample_rate: of the samples, in Hz.
        pitch_hz: their usual fundamental frequency.
        period: seconds from frame to frame, about.
    """
    import numpy as np

    from myna.engines.world.bandwidth import continued, held
    from myna.engines.world.cepstra import cepstra
    from myna.engines.world.filtering import envelopes, frame
    from myna.engines.world.frames import PERIOD
    from myna.engines.world.regression import Sample

    levels = envelopes(samples, sample_rate, pitch_hz)
    hop = frame(sample_rate)[1] / sample_rate
    stride = max(round(period / hop), -(-len(levels) // _MOST_FRAMES))
    levels = levels[::stride]
    places = np.rint(np.arange(len(levels)) * stride * hop / PERIOD).astype(int)
    places = np.minimum(places, len(heard.voiced) - 1)
    voiced, voiceless = heard.voiced[places], heard.voiceless[places]
    bands = held(levels, voiced | voiceless)
    return Sample(cepstra(continued(levels, voiced, bands)), voiced, voiceless, stride * hop, bands)


def divergence(base: Sample, target: Sample) -> float:
    """How differently the resonances of two voices move; rooms and microphones do not count."""
    import numpy as np

    one, other = (
        np.cov(each.cepstra[each.voiced][:, _ORDERS].T) + 0.1 * np.eye(15) for each in (base, target)
    )
    both = np.trace(np.linalg.solve(one, other)) + np.trace(np.linalg.solve(other, one))
    return float(both / 2 - len(one))


def _unlikely(formant_scale: float, pitch_hz: float) -> float:
    return 0.5 * (math.log(formant_scale / usual_size(pitch_hz)) / _UNUSUAL) ** 2


def usual_size(pitch_hz: float) -> float:
    """The formant scale that people have whose usual fundamental frequency is that."""
    return math.exp(math.log(pitch_hz / _USUAL_PITCH) / PITCH_BY_SIZE)
