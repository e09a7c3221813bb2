from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from myna.server.access.admission import Admission
from myna.server.settings import Limits
from myna.speech.access import KeyLimits
from myna.speech.errors import Overloaded

NONE = KeyLimits()


class Clock:
    """A clock that stands still."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_contexts_of_a_key() -> None:
    admission = Admission(Limits(contexts_per_key=2))
    admission.begin_context("a", NONE)
    admission.begin_context("a", NONE)
    with pytest.raises(Overloaded, match="2 in work at once, texts, live streams") as refused:
        admission.begin_context("a", NONE)
    assert (refused.value.status_code, refused.value.error_code) == (429, "concurrency_limited")
    assert refused.value.retry_after == 1.0
    admission.begin_context("b", NONE)
    admission.end_context("a")
    admission.begin_context("a", NONE)
    assert admission.contexts == 3


def test_a_key_s_own_limits_go_before_the_server_s() -> None:
    admission = Admission(Limits(contexts_per_key=2, sockets_per_key=2, requests_per_minute=2))
    own = KeyLimits(contexts=1, sockets=3, requests_per_minute=1)
    admission.begin_context("a", own)
    with pytest.raises(Overloaded, match="1 in work at once"):
        admission.check_context("a", own)
    for _ in range(3):
        admission.open_socket("a", own)
    with pytest.raises(Overloaded, match="3 open sockets"):
        admission.open_socket("a", own)
    admission.request("a", own)
    with pytest.raises(Overloaded, match="1 request a minute"):
        admission.request("a", own)


def test_sockets_are_ten_for_each_context() -> None:
    admission = Admission(Limits(sockets=100, contexts_per_key=2))
    for _ in range(20):
        admission.open_socket("a", NONE)
    with pytest.raises(Overloaded, match="20 open sockets"):
        admission.open_socket("a", NONE)
    for _ in range(30):
        admission.open_socket("b", KeyLimits(contexts=3))
    with pytest.raises(Overloaded):
        admission.open_socket("b", KeyLimits(contexts=3))


def test_without_a_key_only_the_server_s_limits_hold() -> None:
    admission = Admission(Limits(contexts=3, sockets=3, contexts_per_key=1, requests_per_minute=1))
    for _ in range(3):
        admission.request(None, NONE)
        admission.begin_context(None, NONE)
        admission.open_socket(None, NONE)
    for begin in (admission.begin_context, admission.open_socket):
        for key_id in (None, "a"):
            with pytest.raises(Overloaded, match="The server"):
                begin(key_id, NONE)
    assert admission.present == {}


def test_requests_within_any_minute(clock: Clock) -> None:
    admission = Admission(Limits(requests_per_minute=3), clock)
    for _ in range(3):
        admission.request("a", NONE)
        clock.now += 10
    with pytest.raises(Overloaded) as refused:
        admission.request("a", NONE)
    assert refused.value.retry_after == 30.0
    clock.now += 29.9
    with pytest.raises(Overloaded):
        admission.request("a", NONE)
    clock.now += 0.1
    admission.request("a", NONE)
    with pytest.raises(Overloaded) as refused:
        admission.request("a", NONE)
    assert refused.value.retry_after == pytest.approx(10.0)


def test_what_is_long_past_is_forgotten(clock: Clock) -> None:
    admission = Admission(Limits(requests_per_minute=3), clock)
    admission.request("a", NONE)
    admission.request("b", NONE)
    admission.begin_context("b", NONE)
    clock.now += 59
    admission.tidy()
    assert set(admission.present) == {"a", "b"}
    clock.now += 2
    admission.tidy()
    assert set(admission.present) == {"b"}
    admission.end_context("b")
    assert admission.present == {}


KEYS = st.sampled_from(["a", "b", None])
OWN = {"a": KeyLimits(contexts=2, sockets=1, requests_per_minute=3), "b": NONE, None: NONE}
LIMITS = Limits(contexts=5, sockets=4, contexts_per_key=3, sockets_per_key=3, requests_per_minute=5)


class Comings(RuleBasedStateMachine):
    """Streams, sockets and requests come and go; every number is that of a plain list."""

    contexts = Bundle("contexts")
    sockets = Bundle("sockets")

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.admission = Admission(LIMITS, self.clock)
        self.open_contexts: list[str | None] = []
        self.open_sockets: list[str | None] = []
        self.requests: list[tuple[str, float]] = []

    @rule(target=contexts, key=KEYS)
    def begin(self, key: str | None) -> str | None:
        most = {"a": 2, "b": 3, None: 5}[key]
        fits = len(self.open_contexts) < 5 and self.open_contexts.count(key) < most
        try:
            self.admission.begin_context(key, OWN[key])
        except Overloaded:
            assert not fits
            return "refused"
        assert fits
        self.open_contexts.append(key)
        return key

    @rule(key=consumes(contexts))
    def end(self, key: str | None) -> None:
        if key != "refused":
            self.admission.end_context(key)
            self.open_contexts.remove(key)

    @rule(target=sockets, key=KEYS)
    def connect(self, key: str | None) -> str | None:
        most = {"a": 1, "b": 3, None: 4}[key]
        fits = len(self.open_sockets) < 4 and self.open_sockets.count(key) < most
        try:
            self.admission.open_socket(key, OWN[key])
        except Overloaded:
            assert not fits
            return "refused"
        assert fits
        self.open_sockets.append(key)
        return key

    @rule(key=consumes(sockets))
    def disconnect(self, key: str | None) -> None:
        if key != "refused":
            self.admission.close_socket(key)
            self.open_sockets.remove(key)

    @rule(key=KEYS)
    def request(self, key: str | None) -> None:
        now = self.clock.now
        recent = [at for who, at in self.requests if who == key and at > now - 60]
        most = {"a": 3, "b": 5, None: 1000}[key]
        try:
            self.admission.request(key, OWN[key])
        except Overloaded as refused:
            assert len(recent) == most
            assert refused.retry_after == min(recent) + 60 - now
            return
        assert len(recent) < most
        if key is not None:
            self.requests.append((key, now))

    @rule(seconds=st.integers(1, 70))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule()
    def tidy(self) -> None:
        self.admission.tidy()
        gone = {key for key in ("a", "b") if self._nothing_of(key)}
        assert gone.isdisjoint(self.admission.present)

    @invariant()
    def the_numbers_are_right(self) -> None:
        assert self.admission.contexts == len(self.open_contexts)
        assert self.admission.sockets == len(self.open_sockets)
        present = self.admission.present
        for key in ("a", "b"):
            here = present.get(key)
            assert (here.contexts if here else 0) == self.open_contexts.count(key)
            assert (here.sockets if here else 0) == self.open_sockets.count(key)

    def teardown(self) -> None:
        for key in self.open_contexts:
            self.admission.end_context(key)
        for key in self.open_sockets:
            self.admission.close_socket(key)
        self.clock.now += 61
        self.admission.tidy()
        assert (self.admission.contexts, self.admission.sockets, self.admission.present) == (0, 0, {})

    def _nothing_of(self, key: str) -> bool:
        recent = any(who == key and at > self.clock.now - 60 for who, at in self.requests)
        return not recent and key not in self.open_contexts and key not in self.open_sockets


TestComings = Comings.TestCase
TestComings.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
