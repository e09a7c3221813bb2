from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from myna.engines.hearing.growth import Growth
from myna.engines.hearing.turns import State, Step, TurnMachine
from myna.speech.listening import TimedWord, Turns

FRAME = 0.032


def silence_until(machine: TurnMachine, step: Step) -> float:
    """Speak for a second, then be silent until this happens; how long that took."""
    for _ in range(32):
        machine.push(0.95, FRAME, True)
    quiet = 0.0
    while step not in machine.push(0.02, FRAME, False):
        quiet += FRAME
        assert quiet < 12
    return quiet + FRAME


@pytest.mark.parametrize(
    ("threshold", "seconds"),
    [(0.6, 0.22), (0.5, 0.30), (0.4, 0.40), (0.3, 0.53), (0.2, 0.71), (0.1, 1.01), (0.05, 1.32)],
)
def test_thresholds_wait_as_long_as_is_written(threshold: float, seconds: float) -> None:
    eager = threshold >= 0.3
    turns = Turns(eager_end_threshold=threshold) if eager else Turns(end_threshold=threshold)
    found = silence_until(TurnMachine(turns), Step.EAGER_END if eager else Step.END)
    assert found == pytest.approx(seconds, abs=0.04)


def test_the_longest_wait_ends_a_turn_in_any_case() -> None:
    assert silence_until(
        TurnMachine(Turns(end_threshold=0.05, end_timeout_ms=640)), Step.END
    ) == pytest.approx(0.64, abs=0.04)


@pytest.mark.parametrize(("threshold", "frames"), [(0.5, 2), (0.8, 5), (0.9, 7)])
def test_sure_speech_begins_a_turn_after_some_frames(threshold: float, frames: int) -> None:
    machine = TurnMachine(Turns(start_threshold=threshold, eager_end_threshold=0.4))
    steps = [machine.push(1.0, FRAME, True) for _ in range(frames)]
    assert steps == [[]] * (frames - 1) + [[Step.START]]


def test_no_turn_begins_while_speech_is_not_sure() -> None:
    machine = TurnMachine(Turns())
    assert all(machine.push(1.0, FRAME, False) == [] for _ in range(50))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.booleans(), st.integers(1, 40)), max_size=30),
    st.lists(st.sampled_from([Turns(), Turns(0.5, 0.4, 0.3), Turns(0.9, 0.3, 0.05, 640)]), min_size=1),
)
def test_steps_keep_their_order(runs: list[tuple[float, bool, int]], thresholds: list[Turns]) -> None:
    machine, state = TurnMachine(thresholds[0]), State.IDLE
    allowed = {
        (State.IDLE, Step.START): State.SPEAKING,
        (State.SPEAKING, Step.EAGER_END): State.MAYBE,
        (State.SPEAKING, Step.END): State.IDLE,
        (State.MAYBE, Step.RESUME): State.SPEAKING,
        (State.MAYBE, Step.END): State.IDLE,
    }
    for index, (probability, speaking, count) in enumerate(runs):
        machine.thresholds = thresholds[index % len(thresholds)]
        for _ in range(count):
            for step in machine.push(probability, FRAME, speaking):
                state = allowed[state, step]
            assert machine.state is state
            assert 0 <= machine.score <= 1
    assert machine.end() == ([] if state is State.IDLE else [Step.END])


# --- text that only grows -----------------------------------------------------------------------------


def spoken(text: str, start: float = 0.0) -> tuple[TimedWord, ...]:
    """Words of 0.3 s."""
    return tuple(
        TimedWord(word, start + index * 0.3, start + (index + 1) * 0.3)
        for index, word in enumerate(text.split())
    )


def test_words_are_taken_once_they_are_old_and_were_heard_twice() -> None:
    growth = Growth("en", settled=1.0)
    assert not growth.stream(spoken("put this in a"), 1.2)
    assert not growth.stream(spoken("put this in a"), 1.2)
    assert growth.stream(spoken("put this in a double boiler"), 1.8)
    assert growth.text == "put this"
    assert not growth.stream(spoken("put this on a double boiler"), 1.9)
    assert growth.text == "put this"


def test_the_second_look_is_laid_behind_what_was_taken() -> None:
    growth = Growth("en", settled=0.5)
    growth.stream(spoken("but this in a"), 1.2)
    growth.stream(spoken("but this in a"), 1.2)
    assert growth.text == "but this"
    assert growth.close(spoken("put this in a double boiler"))
    assert growth.text == "but this in a double boiler"


def test_a_word_whose_times_moved_is_not_taken_twice() -> None:
    growth = Growth("en", settled=0.0)
    growth.close((TimedWord("lobster", 1.0, 1.6),))
    assert not growth.close((TimedWord("lobster", 1.25, 2.0),))
    assert growth.close((TimedWord("lobster", 2.5, 3.0),))


def test_turns_follow_each_other() -> None:
    growth = Growth("en")
    growth.close(spoken("one two"))
    assert [entry.text for entry in growth.turn()] == ["one", "two"]
    assert growth.text == ""
    assert growth.turn() == ()
    growth.close(spoken("three", 5.0))
    assert growth.text == " three"
