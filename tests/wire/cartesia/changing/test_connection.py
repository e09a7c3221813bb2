"""The server's end of the socket that changes voices, whatever the order of things."""

from __future__ import annotations

import re

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from myna.speech.errors import EngineCrashed, InvalidRequest, MynaError, Overloaded
from myna.speech.events import Done as Ended
from myna.speech.events import Failed
from myna.speech.voices import VoiceChoice
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.changing.queries import ChangingQuery
from myna.wire.cartesia.changing.server import ServerConnection
from myna.wire.cartesia.codec import decode_event, encode
from myna.wire.cartesia.live import actions as do
from myna.wire.cartesia.messages import Chunk, Done, Error

QUERY = {"voice": "ada", "encoding": "pcm_s16le", "sample_rate": "16000"}
GRAMMAR = re.compile(r"[ce]*d?\Z")
LETTERS = {Chunk: "c", Error: "e", Done: "d"}


def opened(**more: str) -> ServerConnection:
    connection = ServerConnection([*QUERY.items(), *more.items()], now=0.0, request_id="r")
    connection.begin()
    return connection


class Served(RuleBasedStateMachine):
    """A client that says anything, and an engine that ends when it likes."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.server = ServerConnection(QUERY.items(), now=0.0, request_id="r")
        self.said = ""
        self.close: Close | None = None
        self.finishing = self.cancelled = False

    @initialize()
    def begin(self) -> None:
        (begun,) = self.server.begin()
        assert isinstance(begun, do.Change)

    def act(self, actions: list[do.Action]) -> None:
        for action in actions:
            assert self.close is None, "something after the close"
            match action:
                case do.Send(message):
                    assert decode_event(encode(message)) == message  # type: ignore[arg-type]
                    self.said += LETTERS[type(message)]  # type: ignore[index]
                    assert GRAMMAR.match(self.said), self.said
                case Close():
                    self.close = action
                    assert self.server.over
                case do.Feed():
                    assert not (self.finishing or self.cancelled), "audio after the last"
                case do.Finish():
                    assert not (self.finishing or self.cancelled), "two ends"
                    self.finishing = True
                case do.Cancel():
                    assert not self.cancelled
                    self.cancelled = True
                case _:
                    raise AssertionError(action)

    @rule(
        message=st.sampled_from([b"", b"a", b"audio", "done", ' "done"\n', "close", "cancel", "finalize", ""])
    )
    def receive(self, message: bytes | str) -> None:
        assert self.server.cancels(message) == (message in ("close", "cancel"))
        self.act(self.server.receive(message, self.now))

    @rule(text=st.text(max_size=8))
    def babble(self, text: str) -> None:
        self.act(self.server.receive(f"?{text}", self.now))

    @precondition(lambda self: self.close is None)
    @rule(data=st.binary(min_size=1, max_size=4))
    def change(self, data: bytes) -> None:
        actions = self.server.changed(data, 1.0)
        assert bool(actions) == (not self.cancelled), "a cancelled connection tells no more"
        self.act(actions)

    @rule(
        error=st.sampled_from([None, None, EngineCrashed("died"), Overloaded("full"), InvalidRequest("no")])
    )
    def end(self, error: MynaError | None) -> None:
        if self.now < 20 and not (self.finishing or self.cancelled):
            return  # late, so that most connections live for a while
        closed = self.close
        self.act(self.server.ended(Failed(error) if error else Ended()))
        assert self.close is not None
        if closed is None:
            assert self.said[-1] == ("d" if self.close.code in (1000, 1001) else "e")

    @rule()
    def drain(self) -> None:
        if self.now > 20:
            self.act(self.server.drain())

    @rule(seconds=st.sampled_from([0.1] * 6 + [9.0, 25.0]), busy=st.booleans())
    def wait(self, seconds: float, busy: bool) -> None:
        self.now += seconds
        actions = self.server.expire(self.now, busy=busy)
        assert not (actions and (busy or self.finishing or self.cancelled))
        self.act(actions)

    def teardown(self) -> None:
        self.act(self.server.receive("done", self.now))
        self.act(self.server.ended(Ended()))
        assert self.close is not None, "a connection that nobody ends"
        if self.close.code in (1000, 1001) and self.close.reason != "connection idle timeout":
            assert self.said.endswith("d")


Served.TestCase.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestServed = Served.TestCase


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, ("pcm_s16le", 16000)),
        ({"encoding": "pcm_f32le", "sample_rate": "48000"}, ("pcm_f32le", 48000)),
        ({"encoding": "pcm_alaw", "sample_rate": "8000"}, ("pcm_alaw", 8000)),
        ({"encoding": "pcm_f16le", "sample_rate": "4000"}, ("pcm_s16le", 8000)),
        ({"encoding": "pcm_s32le", "sample_rate": "11025"}, ("pcm_s16le", 16000)),
        ({"sample_rate": "384000"}, ("pcm_s16le", 48000)),
        ({"output_encoding": "pcm_mulaw"}, ("pcm_mulaw", 16000)),
        ({"output_sample_rate": "22050"}, ("pcm_s16le", 22050)),
        ({"output_encoding": "", "output_sample_rate": " "}, ("pcm_s16le", 16000)),
    ],
)
def test_what_is_given_back(given: dict[str, str], wanted: tuple[str, int]) -> None:
    query = ChangingQuery.parse({**QUERY, **given}.items())
    assert query.request.voice == VoiceChoice(id="ada") and not query.binary
    assert (query.output.container, query.output.encoding, query.output.sample_rate) == ("raw", *wanted)


@pytest.mark.parametrize(
    "given",
    [
        {"voice": " "},
        {"encoding": ""},
        {"sample_rate": ""},
        {"sample_rate": "fast"},
        {"sample_rate": "3999"},
        {"encoding": "opus"},
        {"output_encoding": "pcm_f16le"},
        {"output_sample_rate": "16000.0"},
        {"output": "events"},
    ],
)
def test_queries_that_cannot_be(given: dict[str, str]) -> None:
    connection = ServerConnection({**QUERY, **given}.items(), now=0.0, request_id="r")
    told, close = connection.begin()
    assert isinstance(told, do.Send) and isinstance(told.message, Error)
    assert told.message.status_code == 400 and told.message.request_id == "r"
    assert close == Close(1008, "invalid request") and connection.over


def test_binary_frames() -> None:
    connection = opened(output="binary")
    assert connection.changed(b"ab", 1.0) == [do.Send(b"ab")]
    connection.receive("done", 0.0)
    assert connection.ended(Ended()) == [do.Send(Done()), Close(1000, "")]


def test_the_engine_may_not_end_before_the_audio() -> None:
    told, close = opened().ended(Ended())
    assert isinstance(told, do.Send) and isinstance(told.message, Error)
    assert close == Close(1011, "changing failed")
