"""How well PocketSphinx hears the English clips of `MYNA_CORPUS`, beside its own defaults, and what it costs.

The defaults are fresh decoders for each clip, one fed in pieces of 100 ms, one with the whole clip at once.
Live and batch hear the stretches that recordings are cut into; live in pieces of 50 ms, with one `Hearer` for
each clip.
"""

from __future__ import annotations

import csv
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.common import Bar, Result, median, parse
from myna.audio.decoding import decode
from myna.engines.hearing.stretches import Cutter, Stretch
from myna.engines.protocols import HEARING_RATE
from myna.engines.sphinx import recognizer
from myna.engines.sphinx.recognizer import SphinxRecognizer
from myna.speech.listening import TimedWord
from tests.sound import Samples, edits, words

PIECE, LIVE_PIECE = HEARING_RATE // 10, HEARING_RATE // 20
QUICK = 4
SPELLED = {"mr": "mister", "mrs": "missus", "okay": "ok"}
TERMS = ("Newberg", "lobster", "Liddy", "Innes", "Jamieson")
ABSURD = tuple(
    f"{first} {second}"
    for first in "Zorblax Quixotry Flibberti Xylograph Kudu Kumquat Bazinga Yak Gallimaufry Gardyloo".split()
    for second in "Prime Oswald Vector Pudding Seven Nebula Crumpet Ozone Tuba Elk".split()
)


@dataclass(slots=True, eq=False)
class Clip:
    """A recording with what is said in it."""

    name: str
    samples: Samples
    reference: list[str]
    stretches: list[Stretch] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return len(self.samples) / HEARING_RATE


def scored(text: str) -> list[str]:
    return [SPELLED.get(word, word) for word in words(text)]


def clips(corpus: Path) -> list[Clip]:
    """The English clips, and those in which nobody speaks."""
    found = []
    with (corpus / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            if row["language"] == "en" or row["kind"] in ("silence", "noise"):
                samples = np.concatenate(list(decode(corpus / row["file"], HEARING_RATE, most_seconds=600)))
                clip = Clip(row["file"], samples.astype(np.float32), scored(row["transcript"]))
                cutter = Cutter()
                clip.stretches = [*cutter.push(clip.samples), *cutter.finish()]
                found.append(clip)
    return found


Hear = Callable[[Clip], list[TimedWord]]


@dataclass(slots=True, eq=False)
class Tally:
    """What one way to hear has made of the clips."""

    errors: int = 0
    said: int = 0
    cpu: float = 0.0
    seconds: float = 0.0
    invented: int = 0
    each: dict[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        return self.errors / max(self.said, 1)

    def take(self, clip: Clip, hear: Hear) -> list[TimedWord]:
        began = time.process_time()
        heard = hear(clip)
        self.cpu += time.process_time() - began
        self.seconds += clip.seconds
        wrong = edits(clip.reference, scored(" ".join(word.text for word in heard)))
        self.each[clip.name] = wrong
        if clip.reference:
            self.errors += wrong
            self.said += len(clip.reference)
        else:
            self.invented += len(heard)
        return heard


def pcm(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()


def default(full: bool) -> Hear:
    def hear(clip: Clip) -> list[TimedWord]:
        from pocketsphinx import Decoder

        decoder = Decoder(samprate=HEARING_RATE, loglevel="FATAL")
        data, size = pcm(clip.samples), len(clip.samples) * 2 if full else PIECE * 2
        decoder.start_utt()
        for start in range(0, len(data), size):
            decoder.process_raw(data[start : start + size], False, full)
        decoder.end_utt()
        best = decoder.hyp()
        return [TimedWord(word, 0.0, 0.0) for word in (best.hypstr if best else "").split()]

    return hear


def placed(stretch: Stretch, heard: Iterable[TimedWord]) -> list[TimedWord]:
    return [TimedWord(word.text, word.start + stretch.start, word.end + stretch.start) for word in heard]


def batch(sphinx: SphinxRecognizer, terms: tuple[str, ...] = ()) -> Hear:
    def hear(clip: Clip) -> list[TimedWord]:
        return [
            word
            for stretch in clip.stretches
            for word in placed(stretch, sphinx.transcribe(stretch.samples, "en", terms).words)
        ]

    return hear


def live(sphinx: SphinxRecognizer, steps: list[float], ends: list[float], reviewing: bool) -> Hear:
    def hear(clip: Clip) -> list[TimedWord]:
        hearer, found = sphinx.hear("en", ()), []
        for stretch in clip.stretches:
            hearer.begin()
            for start in range(0, len(stretch.samples), LIVE_PIECE):
                hearer.feed(stretch.samples[start : start + LIVE_PIECE])
            began = last = time.process_time()
            if reviewing:
                for _ in hearer.review():
                    now = time.process_time()
                    steps.append(now - last)
                    last = now
            found.extend(placed(stretch, hearer.final().words))
            ends.append(time.process_time() - began)
        return found

    return hear


def aligned(clip: Clip) -> list[TimedWord] | None:
    """When each word of the reference is said, by forced alignment of the whole clip; None where it fails."""
    from pocketsphinx import Decoder

    decoder = Decoder(samprate=HEARING_RATE, loglevel="FATAL")
    try:
        decoder.set_align_text(" ".join(clip.reference))
        decoder.start_utt()
        decoder.process_raw(pcm(clip.samples), False, True)
        decoder.end_utt()
        found = [
            TimedWord(segment.word.partition("(")[0], segment.start_frame / 100, segment.end_frame / 100)
            for segment in decoder.seg() or ()
            if segment.word[0] not in "<[+"
        ]
    except RuntimeError:
        return None
    return found if len(found) == len(clip.reference) else None


def late(heard: list[TimedWord], true: list[TimedWord]) -> list[float]:
    """How far the starts of correctly recognised words are off, in seconds."""
    return [
        min(abs(word.start - one.start) for one in same)
        for word in heard
        if (
            same := [
                one for one in true if [one.text] == scored(word.text) and abs(one.start - word.start) < 1
            ]
        )
    ]


def main() -> None:
    options = parse(__doc__)
    result = Result("recognition", options.quick)
    corpus = os.environ.get("MYNA_CORPUS")
    if not corpus:
        print("MYNA_CORPUS is not set: there is nothing to hear")
        return
    found = clips(Path(corpus))
    if options.quick:
        found = [clip for clip in found if clip.seconds < 7][::5][:QUICK] + [
            c for c in found if not c.reference
        ]
    sphinx, steps, ends = recognizer.load(), [], []
    ways: dict[str, Hear] = {
        "default": default(False),
        "full_utt": default(True),
        "batch": batch(sphinx),
        "live": live(sphinx, steps, ends, True),
        "stream": live(sphinx, [], [], False),
    }
    tallies = {name: Tally() for name in ways}
    off: list[float] = []
    succeeded = 0
    print(f"{'clip':48}{'words':>6}" + "".join(f"{name:>9}" for name in ways))
    for clip in found:
        heard = {name: tallies[name].take(clip, hear) for name, hear in ways.items()}
        row = "".join(f"{tallies[name].each[clip.name]:9}" for name in ways)
        print(f"{clip.name:48}{len(clip.reference):6}{row}", flush=True)
        true = aligned(clip) if clip.reference and clip.seconds < 20 else None
        if true is not None:
            succeeded += 1
            off.extend(late(heard["batch"], true))
    fed, whole, ours = tallies["default"].rate, tallies["full_utt"].rate, tallies["batch"].rate
    named = [clip for clip in found if clip.name.startswith(("en_pauses_ls367", "en_ls_533_1066_0005"))]
    others = [clip for clip in found if clip.reference and clip.seconds < 5]
    for name, chosen, terms in (("keyterms", named, TERMS), ("absurd keyterms", others, ABSURD)):
        tally, hear = Tally(), batch(sphinx, terms)
        for clip in chosen:
            tally.take(clip, hear)
        result.figures[f"{name}: errors with and without, of words"] = [
            tally.errors, sum(tallies["batch"].each[clip.name] for clip in chosen), tally.said
        ]  # fmt: skip
    result.figures["word error rate"] = {name: tally.rate for name, tally in tallies.items()}
    result.figures["words"] = tallies["batch"].said
    result.figures["CPU seconds per second of audio"] = {
        name: tally.cpu / tally.seconds for name, tally in tallies.items()
    }
    result.figures["starts compared, on clips"] = [len(off), succeeded]
    result.figures["CPU ms left at the end of a segment, median and most"] = [
        1000 * median(ends), 1000 * max(ends, default=0.0)
    ]  # fmt: skip
    result.figures["CPU ms of a step of a review, median and most"] = [
        1000 * median(steps), 1000 * max(steps, default=0.0)
    ]  # fmt: skip
    result.bars += [
        Bar("word error rate over the default's in pieces", ours / fed, at_most=0.75),
        Bar("word error rate over the default's at once", ours / whole, at_most=0.88),
        Bar("live word error rate over batch's", tallies["live"].rate / ours, at_most=1.15),
        Bar("words where nobody speaks", sum(tallies[w].invented for w in ("batch", "live")), at_most=0),
        Bar("median error of word starts, ms", 1000 * median(off), at_most=80),
    ]
    result.write(options.results)


if __name__ == "__main__":
    main()
