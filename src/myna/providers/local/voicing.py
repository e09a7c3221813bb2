"""Segments turned into sound and times, one engine call after the other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing

from myna.engines.protocols import Pcm, Phoneme, PhonemeSpan, Utterance, Word
from myna.providers.local import clauses, emotions
from myna.providers.local.emotions import EmotionProsody
from myna.providers.local.normalization import Spoken, normalize
from myna.providers.local.outbox import Outbox, Sound
from myna.providers.local.pools import Pool
from myna.providers.local.pronouncing import Hit, replacements
from myna.providers.local.role import Role
from myna.providers.local.segmentation import Segment
from myna.providers.local.timeline import Timeline
from myna.speech.languages import is_unspaced
from myna.speech.requests import SpeechRequest

SPEED_RANGE = (0.25, 4.0)
PITCH_RANGE = (0.5, 2.0)
MELODY_RANGE = (0.0, 3.0)
GAIN_RANGE = (0.05, 4.0)
"""What engines and ears accept, for factors that multiply."""
SILENT_RATE = 22050
"""Sample rate of a stream in which no engine has made a sound."""
_STILL = 0.25
"""Seconds of silence made at once."""

Ready = Callable[[Role], Awaitable[tuple[Pool, str]]]
"""Gets a pool ready, and says which of its engines is to play a role."""


class Voicing:
    """The voice of one stream: says segments in order, into an `Outbox`, and counts the time."""

    def __init__(
        self, request: SpeechRequest, role: Role, ready: Ready, outbox: Outbox, now: Callable[[], float]
    ) -> None:
        """Prepare; `ready` is called before the first engine call, `now` is a clock in seconds."""
        self._request = request
        self._role = role
        self._ready = ready
        self._engine: tuple[Pool, str] | None = None
        self._outbox = outbox
        self._now = now
        self._timeline = Timeline(
            unspaced=is_unspaced(self._role.language), normalized=request.normalized_timestamps
        )
        self._rate = 0
        self._samples = 0
        self._owed = 0.0
        """Seconds of silence before the first sound, whose sample rate is not known yet."""
        self._played = float("-inf")

    @property
    def is_used_up(self) -> bool:
        """Whether the request's duration is over."""
        duration = self._request.duration
        return duration is not None and (duration <= 0 or self._left() == 0)

    def ahead(self, now: float) -> float:
        """Seconds of audio that a listener who hears all at once has not heard; below 0: how long not."""
        return self._played - now

    async def rest(self, seconds: float) -> None:
        """Be silent, to the nearest sample."""
        if not self._rate:
            self._owed += seconds
            return
        count, step = round(seconds * self._rate), round(_STILL * self._rate)
        while count > 0 and not self.is_used_up:
            await self._sound(bytes(min(count, step) * 2), self._rate, 1.0)
            count -= step

    async def settle(self) -> None:
        """Be silent now where that was put off."""
        await self._count_in(self._rate or SILENT_RATE)

    async def say(self, segment: Segment) -> None:
        """Speak a segment, then tell its times.

        Raises:
            MynaError: no engine is to be had, or it failed.
        """
        spoken = normalize(
            segment.text,
            language=self._role.language,
            mode=self._request.normalization,
            protected=[
                *segment.spelled,
                *((span.start, span.end) for span in segment.phonemes),
                *((hit.start, hit.end) for hit in segment.hits),
            ],
            given=replacements(segment.hits),
        )
        text = spoken.text.strip()
        lead = spoken.text.index(text) if text else 0
        words: list[Word] = []
        phonemes: list[Phoneme] = []
        start = self._seconds
        if clauses.sounds(text):
            feeling = emotions.prosody(segment.delivery.emotion, segment.delivery.emotion_level)
            gain = _within(segment.delivery.volume * feeling.gain, GAIN_RANGE)
            utterance = self._utterance(segment, spoken, text, lead, feeling)
            await self._call(utterance, gain, words, phonemes)
        span, cut = (start, self._seconds), self.is_used_up
        if self._request.word_timestamps:
            times = self._timeline.words(segment.text, spoken, lead, words, span, cut=cut)
            if times is not None:
                self._outbox.put(times)
        if self._request.phoneme_timestamps:
            sounds = self._timeline.phonemes(phonemes, span)
            if sounds is not None:
                self._outbox.put(sounds)

    async def _call(
        self, utterance: Utterance, gain: float, words: list[Word], phonemes: list[Phoneme]
    ) -> None:
        """Have an engine speak until it is done or the duration is over; collect the times until then."""
        if self._engine is None:
            self._engine = await self._ready(self._role)
        pool, engine = self._engine
        spare = self.ahead(self._now())
        start, timed = self._seconds, utterance.word_times or utterance.phoneme_times
        client = f"{self._request.caller.key_id or ''}/{self._request.connection}"
        async with aclosing(pool.synthesize(engine, utterance, spare=spare, client=client)) as events:
            async for event in events:
                if isinstance(event, Pcm):
                    if not self.is_used_up:
                        await self._sound(event.data, event.sample_rate, gain)
                    if self.is_used_up and not timed:
                        return
                elif self.is_used_up and start + event.end > self._seconds:
                    return  # times come behind their audio, so that only now those before the end are known
                elif isinstance(event, Word):
                    words.append(event)
                else:
                    phonemes.append(event)

    def _utterance(
        self, segment: Segment, spoken: Spoken, text: str, lead: int, feeling: EmotionProsody
    ) -> Utterance:
        def moved(start: int, end: int) -> tuple[int, int]:
            return max(spoken.spoken(start) - lead, 0), min(spoken.spoken(end) - lead, len(text))

        given = [PhonemeSpan(*moved(span.start, span.end), span.ipa) for span in segment.phonemes]
        spelled = (moved(start, end) for start, end in segment.spelled)
        return Utterance(
            text=text,
            language=self._role.language,
            timbre=self._role.voice.timbre,
            likeness=self._role.voice.likeness,
            speed=_within(segment.delivery.speed * feeling.speed, SPEED_RANGE),
            pitch=_within(feeling.pitch, PITCH_RANGE),
            pitch_range=_within(feeling.pitch_range, MELODY_RANGE),
            phonemes=tuple(sorted((*given, *_sounds(segment.hits, spoken, lead)), key=_place)),
            spelled=tuple((start, end) for start, end in spelled if start < end),
            continues=segment.continues,
            continued=segment.continued,
            word_times=self._request.word_timestamps,
            phoneme_times=self._request.phoneme_timestamps,
        )

    @property
    def _seconds(self) -> float:
        return self._owed + (self._samples / self._rate if self._rate else 0.0)

    def _left(self) -> int | None:
        """Samples until the duration is over; None where there is none, or no sample rate yet."""
        if self._request.duration is None or not self._rate:
            return None
        return max(round(self._request.duration * self._rate) - self._samples, 0)

    async def _count_in(self, sample_rate: int) -> None:
        """Go on in this sample rate, and be silent first where that was put off until it was known."""
        owed, self._owed = self._owed, 0.0
        self._samples = round(self._seconds * sample_rate)
        self._rate = sample_rate
        await self.rest(owed)

    async def _sound(self, data: bytes, sample_rate: int, gain: float) -> None:
        """Pass audio on, no more than the duration leaves, and wait while the listener is behind."""
        if sample_rate != self._rate:
            await self._count_in(sample_rate)
        left = self._left()
        cut = left is not None and left * 2 < len(data)
        if cut and left is not None:
            data = data[: left * 2]
        if data:
            self._outbox.put(Sound(data, sample_rate, self._seconds, gain, cut))
            count = len(data) // 2
            self._samples += count
            self._played = max(self._played, self._now()) + count / sample_rate
        if self._outbox.full:
            await self._outbox.room()


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(max(value, limits[0]), limits[1])


def _sounds(hits: Sequence[Hit], spoken: Spoken, lead: int) -> Iterator[PhonemeSpan]:
    """The sounds that a lexicon gives, placed in what is spoken without its first `lead` characters."""
    places = {(start, end): here for start, end, here, _ in spoken.changes}
    for hit in hits:
        if hit.said.ipa:
            start = spoken.spoken(hit.start) - lead
            yield PhonemeSpan(start, start + hit.end - hit.start, hit.said.ipa)
        for span in hit.said.phonemes:
            start = places[hit.start, hit.end] - lead
            yield PhonemeSpan(start + span.start, start + span.end, span.ipa)


def _place(span: PhonemeSpan) -> int:
    return span.start
