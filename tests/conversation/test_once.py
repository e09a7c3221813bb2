from __future__ import annotations

import pytest

from myna.conversation import Watch, speak_once
from myna.conversation.once import PART
from myna.speech.errors import EngineError, InvalidRequest, ModelNotFound
from myna.speech.events import AudioChunk
from myna.speech.requests import Delivery, SpeechRequest
from myna.testing.provider import Script, ScriptedProvider, ScriptedSpeech


class Counting(Watch):
    inside = 0

    def enter(self) -> None:
        self.inside += 1

    def leave(self) -> None:
        self.inside -= 1


def request(provider: ScriptedProvider) -> SpeechRequest:
    return SpeechRequest(voice=provider.speakers[0], word_timestamps=True)


async def test_all_of_it() -> None:
    provider, watch = ScriptedProvider(), Counting()
    kinds = [type(event).__name__ async for event in speak_once(provider, request(provider), "a b", watch)]
    assert kinds == ["WordTimes", "AudioChunk", "AudioChunk"] * 2
    assert (watch.inside, provider.live) == (0, 0)


async def test_closing_early_frees_the_engine() -> None:
    provider, watch = ScriptedProvider(), Counting()
    events = speak_once(provider, request(provider), "word " * 100, watch)
    await anext(events)
    assert watch.inside == 1
    await events.aclose()
    assert provider.speeches[0].cancelled
    assert watch.inside == 0


async def test_failures() -> None:
    watch = Counting()
    provider = ScriptedProvider(
        Script(failures={"b": EngineError("broken")}, models=frozenset({"sonic-latest"}))
    )
    with pytest.raises(EngineError, match="broken"):
        [event async for event in speak_once(provider, request(provider), "a b c", watch)]
    with pytest.raises(ModelNotFound):
        other = SpeechRequest(voice=provider.speakers[0], model="other")
        [event async for event in speak_once(provider, other, "a", watch)]
    assert watch.inside == 0


async def test_a_text_that_the_provider_does_not_hold_at_once() -> None:
    class Small(ScriptedSpeech):
        def push(self, text: str, delivery: Delivery | None = None) -> None:
            if self.waiting + len(text) > 2 * PART:
                raise InvalidRequest("full")
            super().push(text, delivery)

    class Strict(ScriptedProvider):
        def speak(self, request: SpeechRequest) -> ScriptedSpeech:
            self.speeches.append(Small(request, self.script))
            return self.speeches[-1]

    provider = Strict(Script(word_seconds=0.001))
    text = "".join(f"word{number} " for number in range(8_000))
    heard = [e async for e in speak_once(provider, request(provider), text) if isinstance(e, AudioChunk)]
    assert provider.speeches[0].text == text
    assert len(heard) == 8_000


async def test_one_part_that_is_refused() -> None:
    class Full(ScriptedProvider):
        def speak(self, request: SpeechRequest) -> ScriptedSpeech:
            speech = super().speak(request)
            speech.push("x" * 1_000_000)
            return speech

    provider = Full()
    with pytest.raises(InvalidRequest):
        [event async for event in speak_once(provider, request(provider), "x")]
    assert provider.live == 0


async def test_one_word_that_is_longer_than_what_is_held() -> None:
    provider = ScriptedProvider(Script(word_seconds=0.001))
    heard = [event async for event in speak_once(provider, request(provider), "x" * 1_500_000)]
    assert heard
