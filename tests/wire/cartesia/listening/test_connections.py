"""Both ends of the sockets that listen, back to back, whatever the order of things."""

from __future__ import annotations

import re
from collections import deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from myna.speech.errors import (
    ConnectionLost,
    EngineCrashed,
    InvalidRequest,
    MynaError,
    Overloaded,
    UsageError,
)
from myna.speech.events import Done, Failed
from myna.speech.listening import (
    Final,
    Finalized,
    ListeningEvent,
    Partial,
    TimedWord,
    TurnEagerEnd,
    TurnEnd,
    TurnResume,
    Turns,
    TurnStart,
    TurnUpdate,
)
from myna.wire.cartesia.actions import Close
from myna.wire.cartesia.codec import encode_text
from myna.wire.cartesia.listening.client import ClientConnection
from myna.wire.cartesia.listening.codec import decode_heard
from myna.wire.cartesia.listening.lifecycle import MANUAL, TURNS
from myna.wire.cartesia.listening.messages import HeardError, HeardMessage, Transcript
from myna.wire.cartesia.listening.server import MOST_FINALIZES, ServerConnection
from myna.wire.cartesia.live import actions as do
from myna.wire.cartesia.live.lifecycle import Lifecycle
from myna.wire.cartesia.server import IDLE_CLOSE

QUERY = [("model", "ink-2"), ("encoding", "pcm_s16le"), ("sample_rate", "16000")]
WORD = TimedWord("word", 0.5, 1.0)

LETTERS = {
    "transcript": "t", "flush_done": "f", "done": "d", "error": "", "connected": "C", "turn.start": "S",
    "turn.update": "U", "turn.eager_end": "E", "turn.resume": "R", "turn.end": "T",
}  # fmt: skip
GRAMMAR = {
    MANUAL: re.compile(r"[tf]*d?\Z"),
    TURNS: re.compile(r"(C(S(U|ER)*E?T)*(S(U|ER)*E?)?)?\Z"),
}
"""The same as the tables, told in another way."""

TOLD = {
    MANUAL: st.sampled_from(
        [Partial("a", (WORD,), 1.0), Final(" a", (WORD,), 0.0, 1.0), Final("", (), 1.0, 0.0)]
    ),
    TURNS: st.sampled_from(
        [TurnStart(1.0), TurnUpdate("a"), TurnEagerEnd("a b"), TurnResume(), TurnEnd(" a b", (WORD,))]
    ),
}
COMMANDS = {
    MANUAL: st.sampled_from(
        ["finalize", ' "finalize"\n', '{"type":"finalize"}', "done", "close", '{"type":"done"}']
    ),
    TURNS: st.sampled_from(
        ['{"type":"close"}', '{"type":"config","turn":{"end_timeout_ms":700.0}}', '{"type":"config"}']
    ),
}


class Peers(RuleBasedStateMachine):
    """A client, a server with an engine that tells what it likes, and a network that delays."""

    lifecycle: Lifecycle

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.client = ClientConnection(self.lifecycle)
        self.server = ServerConnection(self.lifecycle, QUERY, now=0.0, request_id="r")
        self.up: deque[str | bytes] = deque()
        self.down: deque[str | Close] = deque()
        self.asked: deque[do.Input] = deque()
        self.said = ""
        self.finals: list[str] = []
        self.heard: list[str] = []
        self.finalizes = 0
        self.closed = False
        self.finished = False
        self.drained = False

    @initialize()
    def begin(self) -> None:
        self.act(self.server.begin())

    def act(self, actions: list[do.Action]) -> None:
        for action in actions:
            assert not self.closed, "something after the close"
            match action:
                case do.Send(message):
                    assert message.request_id == "r"
                    self.down.append(encode_text(message))
                case Close():
                    self.closed = True
                    self.down.append(action)
                case do.Listen():
                    pass
                case _:
                    assert not self.finished, "input after the last one"
                    self.finished = isinstance(action, do.Finish)
                    self.asked.append(action)

    def send(self, message: str | bytes) -> None:
        try:
            self.client.send(message)
        except UsageError:
            assert self.client.finishing
        except ConnectionLost:
            assert self.client.ended
        else:
            self.up.append(message)
            self.finalizes += isinstance(message, str) and "finalize" in message

    @rule(audio=st.sampled_from([b"", b"a", b"audio"]))
    def feed(self, audio: bytes) -> None:
        self.send(audio)

    @rule(data=st.data())
    def command(self, data: st.DataObject) -> None:
        self.send(data.draw(COMMANDS[self.lifecycle]))

    @rule(text=st.text(max_size=8))
    def babble(self, text: str) -> None:
        """Something that no client of ours sends."""
        self.up.append(f"?{text}")

    @precondition(lambda self: self.up)
    @rule()
    def server_reads(self) -> None:
        self.act(self.server.receive(self.up.popleft(), self.now))

    @rule(data=st.data(), times=st.integers(1, 5))
    def tell(self, data: st.DataObject, times: int) -> None:
        for _ in range(times):
            if not self.closed:
                self.tell_this(data.draw(TOLD[self.lifecycle]))

    def tell_this(self, event: ListeningEvent) -> None:
        if isinstance(event, Final | TurnEnd) and not self.closed:
            self.finals.append(event.text)
        self.act(self.server.heard(event, self.now))

    @precondition(lambda self: self.asked)
    @rule()
    def engine_works(self) -> None:
        asked = self.asked.popleft()
        if isinstance(asked, do.Finalize):
            self.tell_this(Finalized())
        elif isinstance(asked, do.Finish):
            self.tell_this(Done())

    @rule(error=st.sampled_from([None, EngineCrashed("died"), Overloaded("full"), InvalidRequest("no")]))
    def engine_ends(self, error: MynaError | None) -> None:
        if self.now > 20:  # late, so that most connections live for a while
            self.tell_this(Failed(error) if error else Done())

    @rule()
    def drain(self) -> None:
        if self.now > 20:
            self.drained = True
            self.act(self.server.drain())

    @precondition(lambda self: self.down)
    @rule()
    def client_reads(self) -> None:
        item = self.down.popleft()
        if isinstance(item, Close):
            self.client.closed(item.code, item.reason)
            assert not self.down
            assert self.client.ended
            if item.code in (1008, 1011, 1013) and "d" not in self.said:
                assert self.client.lost is not None
            return
        message = decode_heard(item)
        last = self.client.receive(message)
        self.said += LETTERS[message.type]
        assert GRAMMAR[self.lifecycle].match(self.said), self.said
        assert self.said.count("f") <= self.finalizes
        assert last == (message.type == "done")
        if isinstance(message, Transcript) and message.is_final:
            self.heard.append(message.text)

    @rule(seconds=st.sampled_from([0.1] * 6 + [9.0, 25.0]), busy=st.booleans())
    def wait(self, seconds: float, busy: bool) -> None:
        self.now += seconds
        owed = self.server.deadline() is None
        actions = self.server.expire(self.now, busy=busy)
        assert not (actions and (owed or busy))
        self.act(actions)
        deadline = self.server.deadline()
        assert deadline is None or deadline > self.now

    def teardown(self) -> None:
        self.send("done" if self.lifecycle is MANUAL else '{"type":"close"}')
        for _ in range(10_000):
            if self.up:
                self.server_reads()
            elif self.asked and not self.closed:
                self.engine_works()
            elif self.down:
                self.client_reads()
            else:
                break
        assert self.closed and self.client.ended, "a connection that nobody ends"
        if self.lifecycle is MANUAL:
            assert self.heard == self.finals[: len(self.heard)]
            if "d" in self.said:
                assert self.heard == self.finals, "a final was dropped"
                answered = self.said.count("f") == self.finalizes
                assert answered or self.drained, "a finalize without an answer"
                assert (self.client.lost is None) == (answered or self.client.finishing)


class ManualPeers(Peers):
    lifecycle = MANUAL


class TurnsPeers(Peers):
    lifecycle = TURNS


ManualPeers.TestCase.settings = TurnsPeers.TestCase.settings = settings(
    max_examples=80, stateful_step_count=40, deadline=None
)
TestManualPeers = ManualPeers.TestCase
TestTurnsPeers = TurnsPeers.TestCase


def server(lifecycle: Lifecycle = MANUAL, **more: str) -> ServerConnection:
    connection = ServerConnection(lifecycle, [*QUERY, *more.items()], now=0.0, request_id="r")
    connection.begin()
    return connection


def sent(actions: list[do.Action]) -> list[HeardMessage]:
    return [action.message for action in actions if isinstance(action, do.Send)]


@pytest.mark.parametrize(
    ("lifecycle", "query"),
    [
        (MANUAL, QUERY[1:]),
        (MANUAL, QUERY[:1]),
        (MANUAL, [*QUERY, ("encoding", "mp3")]),
        (TURNS, [*QUERY, ("sample_rate", "1")]),
        (TURNS, [*QUERY, ("turn_end_threshold", "0.5"), ("turn_eager_end_threshold", "0.4")]),
    ],
)
def test_what_cannot_begin_is_told_and_closed(lifecycle: Lifecycle, query: list[tuple[str, str]]) -> None:
    connection = ServerConnection(lifecycle, query, now=0.0, request_id="r")
    error, close = connection.begin()
    assert isinstance(error, do.Send) and isinstance(error.message, HeardError)
    assert (error.message.status_code, error.message.request_id) == (400, "r")
    assert isinstance(close, Close) and close.code == 1008
    assert connection.receive(b"audio", 1.0) == [] and connection.deadline() is None


def test_order_after_finalize_and_done() -> None:
    connection = server()
    assert connection.receive("finalize", 1.0) == [do.Finalize()]
    assert connection.receive(b"more", 1.0) == [do.Feed(b"more")]
    assert connection.receive("done", 1.0) == [do.Finish()]
    assert connection.receive(b"late", 1.0) == [] and connection.receive("finalize", 1.0) == []
    told = [Final("a", (WORD,), 0.0, 1.0), Finalized(), Final(" b", (), 1.0, 2.0, language="de"), Done()]
    actions = [action for event in told for action in connection.heard(event, 2.0)]
    assert [each.type for each in sent(actions)] == ["transcript", "flush_done", "transcript", "done"]
    assert actions[-1] == Close(1000, "")
    first, second = (each for each in sent(actions) if isinstance(each, Transcript))
    assert (first.language, second.language) == ("en", "de")
    assert (first.duration, second.duration) == (1.0, 1.0)


def test_a_finalize_that_the_engine_forgot_is_answered_before_done() -> None:
    connection = server()
    connection.receive("finalize", 1.0)
    connection.receive("close", 1.0)
    assert [each.type for each in sent(connection.heard(Done(), 1.0))] == ["flush_done", "done"]


def test_turns_end_with_the_connection() -> None:
    connection = server(TURNS)
    connection.heard(TurnStart(0.5), 1.0)
    connection.heard(TurnUpdate("so far"), 1.0)
    connection.receive('{"type": "close"}', 1.0)
    *said, close = connection.heard(Done(), 1.0)
    assert [encode_text(each) for each in sent(said)] == [
        '{"type":"turn.end","transcript":"so far","request_id":"r"}'
    ]
    assert close == Close(1000, "")


def test_thresholds_change_one_by_one() -> None:
    connection = server(TURNS, turn_start_threshold="0.9")
    changed = connection.receive('{"type":"config","turn":{"end_timeout_ms":1000,"end_threshold":null}}', 1.0)
    assert changed == [do.Configure(Turns(start_threshold=0.9, end_timeout_ms=1000))]
    for wrong in ('{"end_threshold":0.5}', '{"start_threshold":1e999}', '{"end_timeout_ms":"x"}', "[]", "7"):
        (error,) = sent(connection.receive(f'{{"type":"config","turn":{wrong}}}', 1.0))
        assert isinstance(error, HeardError) and error.status_code == 400
    kept = connection.receive('{"type":"config","turn":{}}', 1.0)
    assert kept == changed, "a change that was refused left a trace"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "stop",
        "FINALIZE now",
        "{",
        '{"type":"pause"}',
        "[" * 5000,
        '{"type":"config"}',
        "x" * 100_000,
        "\ud800",
    ],
)
def test_text_that_is_no_command(text: str) -> None:
    connection = server()
    (error,) = sent(connection.receive(text, 5.0))
    assert isinstance(error, HeardError)
    assert (error.status_code, error.error_code) == (400, "invalid_request")
    assert error.error == f"{error.title}: {error.message}"
    assert connection.receive(b"audio", 5.0), "the connection goes on"


def test_finalizes_that_are_never_answered_are_bounded() -> None:
    connection = server()
    for _ in range(MOST_FINALIZES):
        connection.receive("finalize", 1.0)
    (error,) = sent(connection.receive("finalize", 1.0))
    assert isinstance(error, HeardError) and error.status_code == 429


def test_idle_only_while_nothing_is_owed() -> None:
    connection = server()
    connection.receive(b"", 15.0)
    assert connection.deadline() == 35.0
    assert connection.expire(35.0, busy=True) == [] and connection.deadline() == 55.0
    connection.receive("finalize", 40.0)
    assert connection.deadline() is None and connection.expire(500.0, busy=False) == []
    connection.heard(Finalized(), 500.0)
    assert connection.deadline() == 520.0
    assert connection.expire(520.0, busy=False) == [IDLE_CLOSE]
    assert connection.over


@pytest.mark.parametrize(
    ("error", "code"),
    [(EngineCrashed("died"), 1011), (Overloaded("full"), 1013), (InvalidRequest("no French"), 1008)],
)
def test_a_failure_is_told_before_the_close(error: MynaError, code: int) -> None:
    connection = server()
    connection.heard(Final("kept", (), 0.0, 1.0), 1.0)
    told, close = connection.heard(Failed(error), 1.0)
    assert isinstance(told, do.Send) and isinstance(told.message, HeardError)
    assert (told.message.status_code, told.message.message) == (error.status_code, error.message)
    assert isinstance(close, Close) and close.code == code
    assert connection.heard(Done(), 1.0) == []


def test_draining_finishes_then_goes_away() -> None:
    connection = server()
    assert connection.drain() == [do.Finish()]
    assert connection.drain() == [] and connection.receive(b"more", 1.0) == []
    assert connection.heard(Done(), 1.0)[-1] == Close(1001, "server shutting down")


def test_a_client_sends_nothing_that_cannot_be() -> None:
    client = ClientConnection(MANUAL)
    with pytest.raises(UsageError, match="no command"):
        client.send("stop")
    with pytest.raises(UsageError, match="no command"):
        ClientConnection(TURNS).send("finalize")
    client.send("done")
    with pytest.raises(UsageError, match="last command"):
        client.send(b"audio")


@pytest.mark.parametrize(
    ("commands", "code", "lost"),
    [
        ((), 1000, False), ((), 1001, False), ((), 1006, True), (("finalize",), 1000, True),
        (("done",), 1000, True), ((), None, True),
    ],
)  # fmt: skip
def test_a_client_knows_what_it_lost(commands: tuple[str, ...], code: int | None, lost: bool) -> None:
    client = ClientConnection(MANUAL)
    for command in commands:
        client.send(command)
    client.closed(code, "why")
    client.closed(1000, "late")
    assert client.ended and (client.lost is not None) == lost
    if client.lost is not None:
        assert (client.lost.code, client.lost.reason) == (code, "why")
    with pytest.raises(ConnectionLost):
        client.send(b"more")
