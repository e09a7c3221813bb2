"""The long-term spectrum of another voice: all that little speech tells of a timbre."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from myna.engines.world.bands import SHARES
from myna.engines.world.cepstra import cepstra, drawn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from myna.engines.world.bands import Floats
    from myna.engines.world.regression import Sample

_MOST = 10.0
"""Decibels that a band is raised or lowered at most."""
_SMOOTH = 10
"""Cepstra that are heeded: the finer ones tell which words were said."""
_SURE = 60
"""Voiced frames that are believed in full."""


class Equalizing:
    """A `Mapping` with the same gains for every frame."""

    def __init__(self, base: Sample, target: Sample) -> None:
        """Bring the long-term spectrum of voiced speech from that of `base` near to that of `target`."""
        here, there = (_power(each.cepstra[each.voiced]) for each in (base, target))
        rough = cepstra(10 * np.log10(there / here)[None])
        rough[:, _SMOOTH:] = 0.0
        gains = drawn(rough)[0]
        gains -= 10 * np.log10(SHARES @ (here * 10 ** (gains / 10)) / (SHARES @ here))
        self._gains = min(1.0, int(target.voiced.sum()) / _SURE) * np.clip(gains, -_MOST, _MOST)

    def gains(self, envelope: Floats, phones: Sequence[str]) -> Floats:
        """See `Mapping`."""
        return np.tile(self._gains, (len(envelope), 1))


def _power(values: Floats) -> Floats:
    """Mean power of each band, shape (BANDS,)."""
    return np.asarray((10 ** (drawn(values) / 10)).mean(axis=0))
