"""Seams that nobody hears: what was cut off rings out, noise goes on, and nothing begins at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.changing import noise

if TYPE_CHECKING:
    from myna.engines.changing.protocols import Samples
    from myna.engines.world.changing.neighbours import Neighbour, Neighbours

_RING_SECONDS = 0.015
"""Time in which a sound that was cut off dies away."""
_LEARNT_SECONDS = 0.040
"""Of that sound, what tells how it goes on."""
_ORDER = 32
_FADE_SECONDS = 0.003
"""Fade where nothing is beside."""
_EASE_SECONDS = 0.008
"""Fade of the speech itself, within the silence around it."""
_TIGHT = 0.05
"""Seconds of silence up to which a recording was cut within a phrase."""
_FLOWING = 0.06
"""Seconds of a pause within a phrase."""
_SHORTEST, _LONGEST = 0.12, 0.4
"""Seconds of a pause between phrases."""
_LEAST = 0.02
"""Seconds between a seam and the speech in any case: what rings out needs them."""

Floats = NDArray[np.float64]


def is_tight(side: Neighbour) -> bool:
    """Whether a recording was cut so near to its speech that the phrase goes on."""
    return side.level is not None and side.rest < _TIGHT


def room(side: Neighbour | None, pause: float) -> float:
    """Seconds of silence that speech needs before or after it, beside what is there already.

    Args:
        side: what is there; None for nothing.
        pause: usual seconds of a pause.
    """
    if side is None or side.level is None:
        return _LEAST
    wanted = _FLOWING if is_tight(side) else min(max(pause, _SHORTEST), _LONGEST)
    return max(wanted - side.rest, _LEAST)


def joined(spoken: Samples, around: Neighbours, before: float, after: float) -> Samples:
    """Speech with all that makes it go on from its neighbours.

    Args:
        spoken: the speech, shape (n,), without silence around it.
        around: the neighbours.
        before: seconds of silence before it that belong to the speech itself.
        after: likewise behind it.
    """
    head = round((before + room(around.left, around.pause)) * CHANGING_RATE)
    tail = round((after + room(around.right, around.pause)) * CHANGING_RATE)
    count = head + len(spoken) + tail
    sides = [side for side in (around.left, around.right) if side is not None]
    sound = noise.between(sides[0].floor, sides[-1].floor, count) if sides else np.zeros(count)
    _begin(sound, around.left.samples if around.left is not None else None)
    _begin(sound[::-1], around.right.samples[::-1] if around.right is not None else None)
    ease = min(round(_EASE_SECONDS * CHANGING_RATE), len(spoken) // 2)
    eased = spoken.astype(np.float64)
    eased[:ease] *= _rise(ease)
    eased[len(eased) - ease :] *= _rise(ease)[::-1]
    sound[head : head + len(spoken)] += eased
    return sound.astype(np.float32)


def _begin(sound: Floats, before: Samples | None) -> None:
    """Let a sound begin, in place, as the going on of what is before; of nothing, with a fade."""
    if before is None:
        count = min(round(_FADE_SECONDS * CHANGING_RATE), len(sound))
        sound[:count] *= _rise(count)
        return
    count = min(round(_RING_SECONDS * CHANGING_RATE), len(sound))
    fall = _rise(count)[::-1]
    ringing = continued(before[-round(_LEARNT_SECONDS * CHANGING_RATE) :].astype(np.float64), count)
    sound[:count] = ringing * fall + sound[:count] * np.sqrt(1 - fall**2)


def continued(samples: Floats, count: int) -> Floats:
    """How a sound of shape (n,) would go on for `count` samples, as linear prediction tells; it dies away."""
    weights = _prediction(samples, min(_ORDER, len(samples) // 3))
    order = len(weights)
    if not order:
        return np.zeros(count)
    made = np.concatenate((samples[len(samples) - order :], np.zeros(count)))
    for place in range(order, order + count):
        made[place] = weights @ made[place - order : place][::-1]
    return made[order:]


def _prediction(samples: Floats, order: int) -> Floats:
    """Weights of the last samples, latest first, that predict the next: Burg's method, always stable."""
    weights = np.zeros(0)
    ahead, behind = samples[1:].copy(), samples[:-1].copy()
    for _ in range(order):
        power = ahead @ ahead + behind @ behind
        if power < 1e-12:
            break
        reflection = 2 * (ahead @ behind) / power
        weights = np.concatenate((weights - reflection * weights[::-1], [reflection]))
        ahead, behind = (ahead - reflection * behind)[1:], (behind - reflection * ahead)[:-1]
    return weights


def _rise(count: int) -> Floats:
    """From 0 to 1, half a raised cosine of shape (count,)."""
    return np.asarray(0.5 - 0.5 * np.cos(np.pi * (np.arange(count) + 0.5) / max(count, 1)))
