"""An engine whose speech is brought near to a likeness where an utterance has one."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from myna.engines.protocols import Emit, EngineOutput, Onset, Pcm, Phoneme, Synthesizer, Utterance, Word
from myna.speech.errors import EngineError, InvalidRequest
from myna.speech.voices import EMBEDDING_SIZE, Likeness, Timbre

if TYPE_CHECKING:
    from myna.audio.levels import Limiter
    from myna.engines.world.filtering import FollowingFilter, Samples


class Converting:
    """An engine, and behind it a filter for utterances that have a likeness; all others pass untouched."""

    def __init__(self, engine: Synthesizer) -> None:
        """Stand before `engine`."""
        self._engine = engine
        self.name = engine.name

    def synthesize(self, utterance: Utterance, emit: Emit) -> None:
        """Speak as a stream.

        Raises:
            EngineError: as the engine does, and where the likeness is broken.
        """
        if utterance.likeness is None:
            self._engine.synthesize(utterance, emit)
            return
        conversion = _Conversion(utterance, self.name, emit)
        self._engine.synthesize(utterance, conversion.take)
        conversion.finish()


class _Conversion:
    """One utterance on its way through the filter; times wait for their audio."""

    def __init__(self, utterance: Utterance, engine: str, emit: Emit) -> None:
        self._utterance, self._engine, self._emit = utterance, engine, emit
        self._filter: FollowingFilter | None = None
        self._limiter: Limiter | None = None
        self._onsets: list[Onset] = []
        self._times: deque[Word | Phoneme] = deque()
        self._rate = 0
        self._sent = 0
        self._wanted = True

    def take(self, event: EngineOutput) -> bool:
        """Take an event of the engine; False once nobody wants more."""
        if isinstance(event, Pcm):
            self._convert(event)
        elif isinstance(event, Onset):
            self._onsets.append(event)
        else:
            self._times.append(event)
            self._tell()
        return self._wanted

    def finish(self) -> None:
        """Send what the filter still holds, and the last times."""
        if not self._wanted:
            return
        if self._filter is not None and self._limiter is not None:
            self._send(self._limiter.push(self._filter.finish()))
            self._send(self._limiter.finish())
        while self._times:
            self._emit(self._times.popleft())

    def _convert(self, event: Pcm) -> None:
        import numpy as np

        from myna.audio.levels import Limiter

        if self._filter is None or self._limiter is None:
            self._rate = event.sample_rate
            self._filter = self._begin()
            self._limiter = Limiter(self._rate)
        for onset in self._onsets:
            self._filter.begins(onset.ipa, round(onset.start * self._rate))
        self._onsets.clear()
        samples = (np.frombuffer(event.data, "<i2") / 32768).astype(np.float32)
        self._send(self._limiter.push(self._filter.feed(samples)))

    def _begin(self) -> FollowingFilter:
        from myna.engines.world.filtering import FollowingFilter
        from myna.engines.world.mapping import mapping_of

        utterance = self._utterance
        assert utterance.likeness is not None
        try:
            mapping = mapping_of(utterance.likeness, utterance.timbre, self._engine)
        except InvalidRequest as error:
            raise EngineError(error.message) from None
        return FollowingFilter(mapping, self._rate, utterance.timbre.pitch_hz * utterance.pitch)

    def _send(self, samples: Samples) -> None:
        import numpy as np

        if not len(samples):
            return
        data = np.rint(samples * 32768).astype("<i2").tobytes()
        self._sent += len(samples)
        self._wanted = self._emit(Pcm(data, self._rate)) and self._wanted
        self._tell()

    def _tell(self) -> None:
        """Send the times whose audio is out."""
        while self._times and round(self._times[0].end * self._rate) <= self._sent:
            self._emit(self._times.popleft())


def warm() -> None:
    """Load what the first conversion needs."""
    import numpy as np

    from myna.engines.world.filtering import FollowingFilter
    from myna.engines.world.mapping import mapping_of

    timbre = Timbre(150.0)
    for engine, rate in (("espeak", 22050), ("flite", 16000)):
        mapping = mapping_of(Likeness((0.0,) * EMBEDDING_SIZE), timbre, engine)
        FollowingFilter(mapping, rate, timbre.pitch_hz).feed(np.zeros(2048, np.float32))
