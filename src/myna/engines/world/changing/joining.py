"""Speech that joins what comes before and after it: level, pitch, timbre, pauses and noise as there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from myna.audio.detection import SpeechDetector
from myna.audio.levels import CEILING, Limiter, rms
from myna.engines.changing.protocols import CHANGING_RATE
from myna.engines.world.changing import neighbours, seams
from myna.engines.world.changing.equalizing import Equalizing
from myna.engines.world.changing.guiding import Guided
from myna.engines.world.changing.melody import Range, moved
from myna.engines.world.changing.shifting import Shifter
from myna.engines.world.changing.target import Target, told
from myna.engines.world.changing.timbre import timbre
from myna.engines.world.frames import PERIOD, frames, steady
from myna.engines.world.pitch import pitch
from myna.speech.errors import ClipRejected

if TYPE_CHECKING:
    from collections.abc import Callable

    from myna.engines.changing.protocols import Samples
    from myna.engines.world.bands import Floats
    from myna.engines.world.changing.neighbours import Neighbour, Neighbours
    from myna.engines.world.mapping import Mapping

_SILENT = -75.0
"""Level in dB of full scale below which nothing sounds."""
_SOUNDING = 50.0
"""Decibels below the loudest at which speech begins and ends."""
_STEP = CHANGING_RATE // 200
_MARGIN = 2 * _STEP
"""Samples that are kept around that."""
_USUAL_REST = 0.4
"""Seconds of silence around speech that the engine puts there; longer ones were asked for."""
_GAP = CHANGING_RATE // 10
_ENOUGH_SECONDS = 1.0
"""Speech of the neighbours from which a timbre is learnt."""
_FEWEST = 60
"""Voiced frames of both voices for that."""
_BEND_SECONDS = 0.3
"""Time in which the melody comes from a neighbour's."""
_BENT, _BENT_AFTER_REST = 0.7, 0.35
"""Share of the way to the neighbour's pitch that the melody begins at: within a phrase, and after a rest."""
_MOST_BENT = 0.35
"""Most that it is bent, as a natural logarithm: half an octave."""


def fit(
    speech: Samples,
    left: Samples | None,
    right: Samples | None,
    more: Samples | None = None,
    step: Callable[[], object] = lambda: None,
) -> Samples:
    """Make speech join its neighbours.

    Args:
        speech: of the voice that was asked for.
        left: what comes before; of a long recording, the end will do.
        right: what comes after; likewise the beginning.
        more: more speech of that voice, which tells how it usually sounds.
        step: called between two steps of some seconds at most.

    Returns:
        What belongs between the neighbours, pauses included.
    """
    around = neighbours.heard(left, right)
    step()
    spoken, before, after = _cut(speech)
    if len(spoken):
        spoken = _levelled(_adapted(spoken, more, around, step), around)
    step()
    return seams.joined(spoken, around, before, after)


def _cut(speech: Samples) -> tuple[Samples, float, float]:
    """Speech without the silence around it, and the seconds of that which were asked for."""
    whole = np.nan_to_num(speech).astype(np.float64)
    steps = np.pad(whole, (0, -len(whole) % _STEP)).reshape(-1, _STEP)
    level = 10 * np.log10((steps**2).mean(axis=1) + 1e-12)
    sounding = np.flatnonzero(level > max(level.max(initial=_SILENT) - _SOUNDING, _SILENT))
    if not len(sounding):
        return np.zeros(0, np.float32), max(len(whole) / CHANGING_RATE - _USUAL_REST, 0.0), 0.0
    start = max(int(sounding[0]) * _STEP - _MARGIN, 0)
    end = min((int(sounding[-1]) + 1) * _STEP + _MARGIN, len(whole))
    rests = (start / CHANGING_RATE, (len(whole) - end) / CHANGING_RATE)
    before, after = (max(rest - _USUAL_REST, 0.0) for rest in rests)
    return whole[start:end].astype(np.float32), before, after


def _adapted(
    spoken: Samples, more: Samples | None, around: Neighbours, step: Callable[[], object]
) -> Samples:
    """Speech at the pitch and in the timbre of the neighbours, as far as these are heard."""
    if around.voice is None:
        return spoken
    whole = spoken
    if more is not None and len(more):
        whole = np.concatenate((more, np.zeros(_GAP, np.float32), spoken))
    heard = frames(whole.astype(np.float64), CHANGING_RATE)
    try:
        own = told(heard)
    except ClipRejected:
        return spoken
    count = 1 + len(whole) // round(PERIOD * CHANGING_RATE)
    heights = steady(pitch(whole.astype(np.float64), CHANGING_RATE, count, PERIOD), own.pitch_hz)
    goal = Range(around.voice.pitch, around.voice.spread)
    wanted = moved(heights, Range(own.pitch, own.spread), goal)
    first = (len(whole) - len(spoken)) // round(PERIOD * CHANGING_RATE)
    wanted[first:] = bent(wanted[first:], around.left, around.right)
    shifter = Shifter()
    sound = np.concatenate((shifter.push(whole, heights, wanted), shifter.finish()))
    step()
    scale = rms(heard.samples) / max(rms(whole[: len(heard.samples)]), 1e-9)
    sound = sound * np.float32(scale)
    mapping: Mapping = Equalizing(own.sample, around.voice.sample)
    if _tell_a_timbre(own, around.voice, around.seconds):
        mapping = timbre(own, around.voice)
    guided = Guided(mapping, own.pitch_hz, around.voice.pitch_hz)
    step()
    sound = guided.whole(whole * np.float32(scale), sound)
    return sound[len(whole) - len(spoken) :]


def _tell_a_timbre(own: Target, goal: Target, seconds: float) -> bool:
    """Whether there is enough speech of both voices for a map from one timbre to the other."""
    fewest = min(int(each.sample.voiced.sum()) for each in (own, goal))
    return seconds >= _ENOUGH_SECONDS and fewest >= _FEWEST


def bent(heights: Floats, left: Neighbour | None, right: Neighbour | None) -> Floats:
    """A melody that comes from the left neighbour's and goes to the right one's.

    Args:
        heights: fundamental frequencies in Hz, 0 where there is no voice, shape (n,).
        left: what comes before.
        right: what comes after.
    """
    made = heights.copy()
    for side, view in ((left, made), (right, made[::-1])):
        voiced = np.flatnonzero(view > 0)
        if side is None or side.pitch is None or not len(voiced):
            continue
        share = _BENT if seams.is_tight(side) else _BENT_AFTER_REST
        off = side.pitch - float(np.log(np.median(view[voiced[:6]])))
        off = share * min(max(off, -_MOST_BENT), _MOST_BENT)
        time = (np.arange(len(view)) - voiced[0]) * PERIOD / _BEND_SECONDS
        fall = 0.5 + 0.5 * np.cos(np.pi * np.clip(time, 0.0, 1.0))
        view *= np.exp(off * fall)
    return made


def _levelled(spoken: Samples, around: Neighbours) -> Samples:
    """Speech as loud as the neighbours; between loud and quiet ones, from one to the other."""
    wanted = [
        side.level for side in (around.left, around.right) if side is not None and side.level is not None
    ]
    if not wanted:
        return spoken
    own = neighbours.loudness(spoken, SpeechDetector().spans(spoken))
    gain = 10 ** ((np.linspace(wanted[0], wanted[-1], len(spoken)) - own) / 20)
    limiter = Limiter(CHANGING_RATE, CEILING)
    return np.concatenate((limiter.push((spoken * gain).astype(np.float32)), limiter.finish()))
