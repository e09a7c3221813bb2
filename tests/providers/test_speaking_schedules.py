"""Whatever is pushed when, a stream says all of it once, in order, and ends."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from myna.providers.local import catalogue
from myna.providers.local.pools import Pool
from myna.providers.local.role import Role
from myna.providers.local.speaking import Speaking
from myna.speech import markup
from myna.speech.errors import EngineCrashed
from myna.speech.events import AudioChunk, Done, Failed, Flushed, SpeechEvent, WordTimes
from myna.speech.requests import SpeechRequest
from tests.providers.pools import TonePool

ENGLISH = SpeechRequest(
    voice=catalogue.find("Wren"), language="en", word_timestamps=True, normalization="off"
)

MARKED = (
    "Hello there. |one |two, |thr|ee |3.|14 |<break time='20ms'/>|<bre|ak/>|<spell>|AB|</spell>"
    "|<speed ratio='1.2'/>|<<kæt>> |[laughter]|\n\n|Mr. |?! "
).split("|")
PUSHES = st.one_of(
    st.text(st.characters(exclude_categories=("Cc", "Cs", "Cn")), max_size=12), st.sampled_from(MARKED)
)
STEPS = st.lists(
    st.one_of(
        PUSHES.map(lambda text: ("push", text)),
        st.just(("flush", "")),
        st.sampled_from([("sleep", "0"), ("sleep", "0.002")]),
    ),
    max_size=20,
)


def plain(steps: list[tuple[str, str]]) -> str:
    """The text that is to be said, with a space where a pause or a flush parts words."""
    parser, said = markup.Parser(), ""
    for kind, text in [*steps, ("flush", "")]:
        if kind == "sleep":
            continue
        for event in parser.feed(text) if kind == "push" else parser.close():
            if isinstance(event, markup.Text):
                said += event.text
            elif isinstance(event, markup.Pronounce):
                said += event.ipa
            elif isinstance(event, markup.Break):
                said += " "
        said += " " if kind == "flush" else ""
    return said


async def perform(speech: Speaking, steps: list[tuple[str, str]], *, cancel: bool) -> list[SpeechEvent]:
    async def act() -> None:
        for kind, text in steps:
            if kind == "push":
                speech.push(text)
            elif kind == "flush":
                speech.flush()
            else:
                await asyncio.sleep(float(text))
        if cancel:
            speech.cancel()
        speech.finish()

    async with asyncio.timeout(30), asyncio.TaskGroup() as tasks:
        tasks.create_task(act())
        return [event async for event in speech.events()]


def stream(pool: TonePool, delay: int) -> Speaking:
    async def ready(role: Role) -> tuple[Pool, str]:
        return pool, "espeak"

    return Speaking(replace(ENGLISH, max_buffer_delay_ms=delay), Role(catalogue.find("Wren"), "en"), ready)


@settings(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from([0, 20, 3000]))
def test_all_is_said_once_and_in_order(steps: list[tuple[str, str]], delay: int) -> None:
    pool = TonePool()

    async def run() -> list[SpeechEvent]:
        return await perform(stream(pool, delay), steps, cancel=False)

    events = asyncio.run(run())
    times = [event for event in events if isinstance(event, WordTimes)]
    words = [word for event in times for word in event.words]
    assert "".join(words) == "".join(plain(steps).split())
    starts = [start for event in times for start in event.start]
    ends = [end for event in times for end in event.end]
    assert starts == sorted(starts)
    assert ends == sorted(ends)
    assert [event for event in events if isinstance(event, Flushed)] == [
        Flushed(number) for number in range(sum(kind == "flush" for kind, _ in steps))
    ]
    assert [isinstance(event, Done | Failed) for event in events] == [False] * (len(events) - 1) + [True]
    assert events[-1] == Done()
    chunks = [event for event in events if isinstance(event, AudioChunk)]
    for before, after in pairwise(chunks):
        assert abs(after.start - before.start - len(before.samples) / before.sample_rate) < 1e-6
    assert pool.speaking == 0
    assert pool.most_speaking <= 1


@settings(max_examples=60, deadline=None)
@given(STEPS, st.booleans(), st.sampled_from(["one", "two", "none"]))
def test_cancelled_and_failing_streams_end_too(
    steps: list[tuple[str, str]], cancel: bool, failing: str
) -> None:
    pool = TonePool(failures={failing: EngineCrashed("The worker died.")})

    async def run() -> list[SpeechEvent]:
        return await perform(stream(pool, 20), steps, cancel=cancel)

    events = asyncio.run(run())
    assert [isinstance(event, Done | Failed) for event in events] == [False] * (len(events) - 1) + [True]
    assert pool.speaking == 0
