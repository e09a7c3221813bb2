"""The people of `MYNA_CORPUS`: their clips, and which are cloned and which are kept to compare with."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.sound import Samples, Sound, of_file

RATE = 16000
LONG = 10.0
"""Seconds that are joined for a clone where a speaker has that much."""
_KINDS = ("clean", "long", "pauses")
_MARGIN = 0.1
"""Seconds that are kept around a part of a joined recording."""


@dataclass(frozen=True, slots=True, eq=False)
class Speaker:
    """A person with all clean clips, utterances that the corpus joined taken apart, none twice."""

    name: str
    gender: str
    clips: tuple[Samples, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A clone to be made.

    Attributes:
        speaker: whose.
        clip: what is cloned.
        others: numbers of the speaker's clips with which the clone is compared.
    """

    speaker: Speaker
    clip: Samples
    others: tuple[int, ...]

    @property
    def cloned(self) -> tuple[int, ...]:
        """Numbers of the speaker's clips that are in `clip`."""
        return tuple(i for i in range(len(self.speaker.clips)) if i not in self.others)


def speakers(corpus: Path) -> list[Speaker]:
    """Everybody who speaks English in the corpus."""
    with (corpus / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["language"] == "en"]
    rows = [row for row in rows if row["kind"] in _KINDS]
    joined = " ".join(row["source"] for row in rows if row["kind"] != "clean")
    found: dict[str, list[Samples]] = {}
    genders = {}
    for row in rows:
        if row["kind"] == "clean" and row["source"].rsplit("/", 1)[-1] in joined:
            continue
        genders[row["speaker"]] = row["gender"]
        found.setdefault(row["speaker"], []).extend(_parts(corpus / row["file"], row["note"]))
    return [Speaker(name, genders[name], tuple(clips)) for name, clips in found.items()]


def trials(everybody: Sequence[Speaker], seconds: float) -> list[Trial]:
    """Two for each speaker with two clips or more: one cloned from the first clips, one from the last."""
    made = []
    for speaker in everybody:
        count = len(speaker.clips)
        if count < 2:
            continue
        for order in (range(count), range(count - 1, -1, -1)):
            taken: list[int] = []
            for number in order:
                if taken and (len(taken) == count - 1 or _length(speaker, taken) >= LONG):
                    break
                taken.append(number)
            clip = np.concatenate([speaker.clips[number] for number in taken])[: round(seconds * RATE)]
            made.append(Trial(speaker, clip, tuple(sorted(set(range(count)) - set(taken)))))
    return made


def _length(speaker: Speaker, numbers: Sequence[int]) -> float:
    return sum(len(speaker.clips[number]) for number in numbers) / RATE


def _parts(path: Path, note: str) -> list[Samples]:
    """The utterances of a file; where it is not joined, the one."""
    sound = at_rate(of_file(path.read_bytes()))
    spans = re.findall(r"(\d+\.\d+)-(\d+\.\d+)", note) if "speech at" in note else []
    if not spans:
        return [sound.samples]
    return [sound.between(max(float(a) - _MARGIN, 0), float(b) + _MARGIN).samples for a, b in spans]


def at_rate(sound: Sound) -> Sound:
    """At `RATE`, as all that is compared."""
    import soxr

    if sound.rate == RATE:
        return sound
    return Sound(soxr.resample(sound.samples, sound.rate, RATE).astype(np.float32), RATE)
