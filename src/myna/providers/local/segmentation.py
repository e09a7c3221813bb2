"""Text that arrives in pieces, cut into what an engine speaks in one go.

How long text is held: the first segment goes at the end of a clause or after `FIRST_WORDS` whole words;
later ones at sentences while there is ample audio ahead of the listener, at clauses while there is some, and
as whole words where it runs short. A word is never parted: its beginning waits for its end, and for `HOLD`
seconds in case there is no more to come. Text older than the delay that was asked for goes in any case, all
of it that is whole words; a delay of 0 holds nothing but the beginning of a word. No segment is longer than
`LONGEST` characters.

Everything here is pure: `now` is in seconds on any clock, `ahead` is how many seconds of audio the listener
has not heard yet (negative: how long ago it ran out).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from myna.engines.protocols import PhonemeSpan
from myna.providers.local import clauses
from myna.providers.local.pronouncing import Hit, Lexicon
from myna.providers.local.waiting import Stretch
from myna.speech.requests import Delivery

HOLD = 0.15
"""Seconds for which the beginning of a word waits for its end."""
LONGEST_HOLD = 2.0
"""The same where tokens are known to come slowly."""
_USUAL_GAPS = 8
"""So many times the usual gap between tokens is taken for the end of a word."""
FIRST_WORDS = 4
SHORT = 0.5
"""Seconds of audio ahead below which single words are spoken."""
AMPLE = 2.0
"""Seconds of audio ahead above which whole sentences are waited for."""
DRY = -0.5
"""Below this the next segment is a first one again."""
LONGEST = 220
"""Characters of a segment."""
OPENING = (90, 160)
"""Characters of the first and second segment, kept short since an engine may read all before it speaks."""
DENSITY = 3
"""How many letters of other scripts a character of an unspaced script is worth in time."""
_BETWEEN = 8
"""Characters that a pause, a flush or a change of delivery counts for while it waits."""
_FINISHED = re.compile(r"[^\W\d_][.!?…]+[\"'”’»)\]]*\Z")
_TOKEN = 12
"""Characters up to which pieces look like the tokens of a language model."""


@dataclass(frozen=True, slots=True)
class Segment:
    """Plain text for one engine call, with the space around it; spans are as in `Utterance`.

    Attributes:
        hits: what of it a lexicon says otherwise.
    """

    text: str
    delivery: Delivery
    spelled: tuple[tuple[int, int], ...]
    phonemes: tuple[PhonemeSpan, ...]
    continues: bool
    continued: bool
    hits: tuple[Hit, ...] = ()


@dataclass(frozen=True, slots=True)
class Pause:
    """Silence of so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Flush:
    """All text before so many flushes has been taken."""

    times: int = 1


@dataclass(frozen=True, slots=True)
class End:
    """All text has been taken and no more comes."""


class Segmenter:
    """Collects text and gives it out in segments, in order.

    Attributes:
        unspaced: whether words are not set apart by spaces; may be set until the first `take`.
        lexicon: words that are said in a given way; as above.
    """

    def __init__(self, *, max_delay: float, unspaced: bool = False, delivery: Delivery | None = None) -> None:
        """Hold text for at most `max_delay` seconds; `unspaced` for scripts without spaces between words."""
        self._max_delay = max_delay
        self.unspaced = unspaced
        self.lexicon: Lexicon | None = None
        self._stretches = deque([Stretch(delivery or Delivery())])
        self._waiting = 0
        self._taken = 0
        self._continued = False
        self._pieces = 0
        self._piece = 0.0
        self._gap = 0.0
        self._last = float("-inf")

    @property
    def _scale(self) -> int:
        return DENSITY if self.unspaced else 1

    @property
    def waiting(self) -> int:
        """Characters not yet taken, with what stands between them."""
        return self._waiting

    def arrive(self, characters: int, now: float) -> None:
        """Note that a piece of so many characters came; call it once per piece, before its text."""
        gap = now - self._last
        self._piece += (characters - self._piece) / min(self._pieces + 1, 8)
        if gap < LONGEST_HOLD:
            self._gap += (gap - self._gap) / min(max(self._pieces, 1), 8)
        self._pieces += 1
        self._last = now

    def text(self, text: str, now: float, *, spelled: bool = False) -> None:
        """Append text; `spelled` is to be read character by character."""
        self._open().append(text, now, spelled=spelled)
        self._waiting += len(text)

    def pronounce(self, ipa: str, now: float) -> None:
        """Append a word that is given by its sounds; it stands for itself in the text."""
        self._open().append(ipa, now, ipa=ipa)
        self._waiting += len(ipa)

    def pause(self, seconds: float) -> None:
        """Append silence."""
        self._seal(Pause(seconds))

    def deliver(self, delivery: Delivery) -> None:
        """Say it so from here on."""
        stretch = self._open()
        if delivery != stretch.delivery:
            if len(stretch):
                stretch.sealed = True
                self._waiting += _BETWEEN
                self._stretches.append(Stretch(delivery))
            else:
                stretch.delivery = delivery

    def flush(self) -> None:
        """Let all text so far go, and mark the place."""
        last = self._stretches[-1]
        if isinstance(last.follows, Flush):
            last.follows = Flush(last.follows.times + 1)
        else:
            self._seal(Flush())

    def finish(self) -> None:
        """Let all text go: no more comes."""
        self._seal(End())

    def take(self, now: float, ahead: float) -> Segment | Pause | Flush | End | None:
        """What comes next, None where it is better to wait (see `wake_at`)."""
        while True:
            stretch = self._stretches[0]
            if len(stretch):
                return self._segment(stretch, now, ahead)
            if not stretch.sealed:
                return None
            follows = stretch.follows
            if len(self._stretches) == 1:
                self._stretches.append(Stretch(stretch.delivery))
            self._stretches.popleft()
            self._waiting -= _BETWEEN
            if isinstance(follows, Flush | End):
                self._continued = False
            if isinstance(follows, Pause | Flush | End):
                return follows

    def wake_at(self, now: float, ahead: float) -> float | None:
        """When `take` may answer differently although nothing arrived; None where never."""
        stretch = self._stretches[0]
        if stretch.sealed or not len(stretch):
            return None
        hold = self._hold(stretch.window(LONGEST * 2))
        times = (
            self._last + hold,
            self._last + (hold if self.lexicon is None else max(hold, HOLD)),
            stretch.oldest + self._max_delay,
            now + ahead - AMPLE,
            now + ahead - SHORT,
        )
        return min((time for time in times if time > now), default=None)

    def _open(self) -> Stretch:
        if self._stretches[-1].sealed:
            self._stretches.append(Stretch(self._stretches[-1].delivery))
        return self._stretches[-1]

    def _seal(self, follows: Pause | Flush | End) -> None:
        stretch = self._open()
        stretch.sealed, stretch.follows = True, follows
        self._waiting += _BETWEEN

    def _segment(self, stretch: Stretch, now: float, ahead: float) -> Segment | None:
        if ahead < DRY:
            self._taken = 0
        limit = (*OPENING, LONGEST)[min(self._taken, len(OPENING))] // self._scale
        hits: tuple[Hit, ...] = ()
        settled = None
        if self.lexicon is not None:
            text = stretch.plain(LONGEST * 2)
            hits = self.lexicon.search(text, before=stretch.before).hits
            settled = self._settled(stretch, text, now)
        cut, ends = self._cut(stretch, limit, now, ahead, hits, settled)
        if not cut:
            return None
        text, spelled, phonemes = stretch.drop(cut)
        self._waiting -= cut
        last = not len(stretch) and isinstance(stretch.follows, Flush | End)
        continued, self._continued = self._continued, not (ends or last)
        self._taken += 1
        hits = tuple(hit for hit in hits if hit.end <= cut)
        return Segment(text, stretch.delivery, spelled, phonemes, self._continued, continued, hits)

    def _settled(self, stretch: Stretch, text: str, now: float) -> int | None:
        """How much of `text` no longer waits for the rest of what the lexicon has; None for all of it."""
        if self.lexicon is None or stretch.sealed or len(stretch) > len(text):
            return None
        settled = self.lexicon.search(text, before=stretch.before, more=True).settled
        waits = settled < len(text) and now < self._last + max(self._hold(text), HOLD)
        return settled if waits else None

    def _cut(
        self,
        stretch: Stretch,
        limit: int,
        now: float,
        ahead: float,
        hits: Sequence[Hit],
        settled: int | None,
    ) -> tuple[int, bool]:
        """How many characters to take now (0 to wait), and whether a sentence ends there."""
        window = stretch.window(LONGEST * 2)
        if stretch.sealed and len(stretch) <= min(limit * 4 // 3, LONGEST // self._scale):
            return len(window), clauses.ends_sentence(window)
        whole = len(window)
        if not stretch.sealed and len(stretch) == len(window) and now < self._last + self._hold(window):
            whole = clauses.complete(window, unspaced=self.unspaced)
        if settled is not None:
            whole = min(whole, settled)
        whole = next((hit.start for hit in hits if hit.start < whole < hit.end), whole)
        if whole >= limit or stretch.sealed:
            cut, ends = self._best(window[:whole], limit)
        else:
            cut, ends = self._ripe(window[:whole], now - stretch.oldest >= self._max_delay, ahead)
        whole = _outside(hits, stretch.outside_phonemes(cut), window)
        return whole, ends and whole == cut

    def _best(self, text: str, limit: int) -> tuple[int, bool]:
        """The best place within `limit` to cut text of which there is plenty."""
        found = [boundary for boundary in self._boundaries(text) if boundary.position <= limit]
        sentences = [boundary for boundary in found if boundary.ends_sentence]
        if sentences:
            return sentences[-1].position, True
        if found and found[-1].position * 6 >= limit:
            return found[-1].position, False
        words = self._words(text, limit) or self._words(text, limit, careful=False)
        return words or clauses.whole_cluster(text, min(limit, len(text))), False

    def _ripe(self, text: str, expired: bool, ahead: float) -> tuple[int, bool]:
        """What to take of text that more will follow, 0 where waiting makes it better."""
        found = self._boundaries(text)
        if expired or not text:
            return len(text), bool(found) and found[-1].position == len(text) and found[-1].ends_sentence
        if ahead >= AMPLE and self._taken:
            found = [boundary for boundary in found if boundary.ends_sentence]
        if found:
            return found[-1].position, found[-1].ends_sentence
        if self._taken and ahead >= SHORT:
            return 0, False
        whole = text[: clauses.complete(text, unspaced=self.unspaced)]
        if self._taken:
            return self._words(whole, len(whole)) or self._words(text, len(text)), False
        words = len(whole) * 2 // DENSITY if self.unspaced else clauses.count_words(whole)
        # The last character of an unspaced script waits for a mark that may belong to it.
        return self._words(whole, len(whole) - self.unspaced) if words >= FIRST_WORDS else 0, False

    def _boundaries(self, text: str) -> list[clauses.Boundary]:
        return clauses.boundaries(text, unspaced=self.unspaced)

    def _words(self, text: str, most: int, *, careful: bool = True) -> int:
        return clauses.word_end(text, most, unspaced=self.unspaced, careful=careful)

    def _hold(self, text: str) -> float:
        """Seconds for which the word at the end of `text` waits for more of itself.

        Longer than usual where a slow stream of tokens has cut words: the rest of this one may yet come.
        Not at all where whole sentences are sent, and this one ends like one.
        """
        if self._piece > _TOKEN:
            return 0.0 if _FINISHED.search(text) else HOLD
        if not text[-1:].isalnum():
            return HOLD
        return min(max(HOLD, _USUAL_GAPS * self._gap), LONGEST_HOLD)


def _outside(hits: Iterable[Hit], cut: int, text: str) -> int:
    """The place nearest before `cut` (behind it, where nothing stands before) that parts no hit."""
    for hit in hits:
        if hit.start < cut < hit.end:
            return hit.start if text[: hit.start].strip() else hit.end
    return cut
