"""Both ends of the wire, back to back, whatever the order of things."""

from __future__ import annotations

from collections import defaultdict, deque

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from myna.speech.errors import ConnectionLost, EngineError, InvalidRequest, UsageError
from myna.speech.events import WordTimes
from myna.wire.cartesia import actions as do
from myna.wire.cartesia.client import ClientConnection
from myna.wire.cartesia.codec import decode_event, decode_request, encode
from myna.wire.cartesia.lifecycle import TABLE, Move, Phase, after
from myna.wire.cartesia.messages import Chunk, Done, Error, FlushDone, GenerationRequest
from myna.wire.cartesia.server import (
    IDLE_CLOSE,
    MAX_DEFERRED,
    MAX_DEFERRED_TEXT,
    MAX_FLUSHES,
    ServerConnection,
)

IDS = st.sampled_from(["a", "b", "c"])


class Peers(RuleBasedStateMachine):
    """A client and a server with a network between them that delays but keeps the order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.client = ClientConnection()
        self.server = ServerConnection("2026-08-14", now=0.0, max_contexts=2, expiry=5.0)
        self.up: deque[bytes] = deque()
        self.down: deque[bytes] = deque()
        self.speeches: dict[str | None, list[str]] = {}
        self.finished: set[str | None] = set()
        self.ended: dict[str | None, bool] = {}
        self.serial = 0
        self.names: dict[str, str] = {}
        self.terminals: defaultdict[str | None, int] = defaultdict(int)

    def act(self, actions: list[do.Action]) -> None:
        for action in actions:
            match action:
                case do.Open(context_id, _):
                    assert context_id not in self.speeches
                    self.speeches[context_id] = []
                case do.Feed(context_id, text, _):
                    assert context_id not in self.finished
                    self.speeches[context_id].append(text)
                case do.Flush(context_id):
                    self.speeches[context_id].append("|")
                case do.Finish(context_id):
                    assert context_id not in self.finished
                    self.finished.add(context_id)
                case do.Cancel(context_id):
                    self.forget(context_id)
                case do.Send(message):
                    if message.done:
                        self.forget(message.context_id)
                    self.down.append(encode(message))

    def forget(self, context_id: str | None) -> None:
        self.speeches.pop(context_id, None)
        self.finished.discard(context_id)

    def transmit(self, request: GenerationRequest) -> None:
        self.client.send(request)
        self.up.append(encode(request))

    @rule(name=IDS)
    def begin(self, name: str) -> None:
        if name not in self.names:
            self.serial += 1
            self.names[name] = f"{name}{self.serial}"
            self.client.open(self.names[name])

    @rule(name=IDS, more=st.booleans(), flush=st.booleans(), text=st.sampled_from(["", "One. ", "two"]))
    def push(self, name: str, more: bool, flush: bool, text: str) -> None:
        id = self.names.get(name)
        if id not in self.client.live:
            return
        try:
            self.transmit(GenerationRequest(context_id=id, transcript=text, continue_=more, flush=flush))
        except UsageError:
            assert self.client.phase(id) is Phase.CLOSING or (flush and not text)

    @rule(name=IDS)
    def cancel(self, name: str) -> None:
        id = self.names.pop(name, None)
        if id is not None and self.client.cancel(id):
            self.up.append(encode(GenerationRequest(context_id=id, cancel=True)))

    @precondition(lambda self: self.up)
    @rule()
    def server_reads(self) -> None:
        self.act(self.server.receive(decode_request(self.up.popleft()), self.now))

    @precondition(lambda self: self.speeches)
    @rule(data=st.data())
    def speak(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.speeches)))
        pending = self.speeches[id]
        if not pending:
            if id in self.finished:
                self.act(self.server.done(id, self.now))
            return
        piece = pending.pop(0)
        if piece == "|":
            self.down.append(encode(self.server.flushed(id, self.now)))
        else:
            self.down.append(encode(self.server.chunk(id, piece.encode(), 1.0, self.now)))
            self.down.append(encode(self.server.words(id, WordTimes((piece,), (0.0,), (1.0,)), self.now)))

    @precondition(lambda self: self.speeches)
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted(self.speeches)))
        self.forget(id)
        self.act(self.server.fail(id, EngineError("broken"), self.now))

    @precondition(lambda self: self.down)
    @rule()
    def client_reads(self) -> None:
        for routed in self.client.receive(decode_event(self.down.popleft())):
            id = routed.context_id
            assert id is not None and not self.terminals[id], "an event after the terminal one"
            assert routed.last == routed.event.done
            self.terminals[id] += routed.last
            if routed.last:
                self.names = {name: known for name, known in self.names.items() if known != id}

    @rule(seconds=st.sampled_from([0.5, 3.0, 6.0]), busy=st.booleans())
    def wait(self, seconds: float, busy: bool) -> None:
        self.now += seconds
        self.act(self.server.expire(self.now, lambda id: busy))
        deadline = self.server.deadline()
        assert deadline is None or deadline > self.now

    @invariant()
    def server_speaks_for_its_contexts(self) -> None:
        assert set(self.speeches) == set(self.server.live)

    def teardown(self) -> None:
        for id in [id for id in self.client.live if self.client.phase(id) is Phase.OPEN]:
            self.transmit(GenerationRequest(context_id=id, transcript="", continue_=False))
        for _ in range(10_000):
            if self.up:
                self.server_reads()
            elif self.speeches:
                id = next(iter(self.speeches))
                self.speeches[id].clear()
                self.finished.discard(id)
                self.act(self.server.done(id, self.now))
            elif self.down:
                self.client_reads()
            else:
                break
        waiting = [id for id in self.client.live if self.client.phase(id) is not Phase.FREE]
        assert waiting == [], "a context that nobody ends"
        assert all(count == 1 for count in self.terminals.values() if count)


Peers.TestCase.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
TestPeers = Peers.TestCase


class RudeClient(RuleBasedStateMachine):
    """Any message in any order: the server keeps its promises all the same."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.server = ServerConnection("2024-11-13", now=0.0, max_contexts=2, expiry=5.0)
        self.speeches: dict[str | None, bool] = {}

    def act(self, actions: list[do.Action]) -> None:
        for action in actions:
            match action:
                case do.Open(context_id, opening):
                    assert context_id not in self.speeches
                    assert opening.transcript
                    self.speeches[context_id] = False
                case do.Feed(context_id) | do.Flush(context_id):
                    assert self.speeches[context_id] is False, "input after the last one"
                case do.Finish(context_id):
                    assert self.speeches[context_id] is False, "finished twice"
                    self.speeches[context_id] = True
                case do.Cancel(context_id):
                    del self.speeches[context_id]
                case do.Send(message):
                    id = message.context_id
                    assert not message.done or id is None or id not in self.speeches, "ended while it speaks"

    @rule(
        id=st.sampled_from([None, "a", "b", "c"]),
        text=st.sampled_from([None, "", " ", "word"]),
        more=st.sampled_from([None, False, True]),
        flush=st.booleans(),
        cancel=st.sampled_from([None, None, None, True]),
    )
    def say(
        self, id: str | None, text: str | None, more: bool | None, flush: bool, cancel: bool | None
    ) -> None:
        asked = GenerationRequest(context_id=id, transcript=text, continue_=more, flush=flush, cancel=cancel)
        self.act(self.server.receive(asked, self.now))

    @rule(id=st.sampled_from([None, "a", "b"]))
    def mumble(self, id: str | None) -> None:
        self.act(self.server.reject(InvalidRequest("?", context_id=id), self.now))

    @precondition(lambda self: self.speeches)
    @rule(data=st.data(), ending=st.sampled_from(["", "", "done", "fail"]))
    def speak(self, data: st.DataObject, ending: str) -> None:
        id = data.draw(st.sampled_from(sorted(self.speeches, key=str)))
        if not ending:
            self.server.chunk(id, b"", 0.0, self.now)
            return
        self.speeches.pop(id)
        ended = self.server.done(id, self.now) if ending == "done" else None
        self.act(ended or self.server.fail(id, EngineError("broken"), self.now))

    @rule(seconds=st.sampled_from([1.0, 6.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.act(self.server.expire(self.now, lambda id: False))

    @invariant()
    def server_speaks_for_its_contexts(self) -> None:
        assert set(self.speeches) == set(self.server.live)

    def teardown(self) -> None:
        for _ in range(10_000):
            if not self.speeches:
                break
            id = next(iter(self.speeches))
            self.speeches.pop(id)
            self.act(self.server.done(id, self.now))
        assert self.server.live == ()


RudeClient.TestCase.settings = settings(max_examples=120, stateful_step_count=40, deadline=None)
TestRudeClient = RudeClient.TestCase


def request(text: str = "Hello.", id: str | None = "a", **fields: object) -> GenerationRequest:
    return GenerationRequest(context_id=id, transcript=text, **fields)  # type: ignore[arg-type]


def sent(actions: list[do.Action]) -> list[object]:
    return [action.message for action in actions if isinstance(action, do.Send)]


def kinds(actions: list[do.Action]) -> list[type]:
    return [type(action) for action in actions]


class TestServer:
    def test_one_shot(self) -> None:
        server = ServerConnection(now=0)
        assert kinds(server.receive(request(), 0)) == [do.Open, do.Feed, do.Finish]
        server.chunk("a", b"..", 1.0, 0.1)
        assert sent(server.done("a", 0.2)) == [Done(context_id="a")]
        assert server.live == ()

    @pytest.mark.parametrize(("version", "first"), [("2024-11-13", 0), ("2025-04-16", 1)])
    def test_flush_numbers(self, version: str, first: int) -> None:
        server = ServerConnection(version, now=0)
        server.receive(request(continue_=True), 0)
        assert not isinstance(server.chunk("a", b"", 0, 0).flush_id, int), "no number before the first flush"
        assert kinds(server.receive(request("", continue_=True, flush=True), 0)) == [do.Flush]
        assert server.chunk("a", b"", 0, 0).flush_id == first
        assert server.flushed("a", 0).flush_id == first
        assert server.chunk("a", b"", 0, 0).flush_id == first + 1

    def test_a_flush_that_was_not_reported_comes_before_done(self) -> None:
        server = ServerConnection(now=0)
        server.receive(request(), 0)
        assert server.receive(request("", continue_=True, flush=True), 0) == []
        assert sent(server.done("a", 0)) == [FlushDone(context_id="a", flush_id=1), Done(context_id="a")]

    def test_empty_closing_of_an_unknown_context_is_done(self) -> None:
        server = ServerConnection(now=0)
        assert sent(server.receive(request(""), 0)) == [Done(context_id="a")]
        assert sent(server.receive(request("", None), 0)) == [Done(context_id=None)]
        assert server.receive(request("", continue_=True), 0) == []
        assert server.receive(GenerationRequest(context_id="a", cancel=True), 0) == []

    def test_flush_of_an_unknown_context_is_answered(self) -> None:
        server = ServerConnection("2024-06-10", now=0)
        flush = server.receive(request("", continue_=True, flush=True), 0)
        assert sent(flush) == [FlushDone(context_id="a", flush_id=0)]

    def test_missing_transcript_is_an_error_of_its_context(self) -> None:
        (error,) = sent(ServerConnection(now=0).receive(GenerationRequest(context_id="a"), 0))
        assert isinstance(error, Error)
        assert (error.status_code, error.context_id) == (400, "a")

    def test_messages_without_id_speak_one_after_the_other(self) -> None:
        server = ServerConnection(now=0)
        assert kinds(server.receive(request("One.", None, continue_=True), 0)) == [
            do.Open,
            do.Feed,
            do.Finish,
        ]
        assert server.receive(request("Two.", None), 0) == []
        after_first = server.done(None, 1)
        assert kinds(after_first) == [do.Send, do.Open, do.Feed, do.Finish]
        assert kinds(server.done(None, 2)) == [do.Send]

    def test_second_closing_is_ignored(self) -> None:
        server = ServerConnection(now=0)
        server.receive(request(), 0)
        assert server.receive(request(""), 0) == []
        assert sent(server.done("a", 0)) == [Done(context_id="a")]

    def test_deferred_messages_are_bounded(self) -> None:
        server = ServerConnection(now=0)
        for _ in range(MAX_DEFERRED + 1):
            assert len(server.receive(request(), 0)) in (0, 3)
        cancel, failure = server.receive(request(), 0)
        assert cancel == do.Cancel("a")
        assert sent([failure])[0].status_code == 429  # type: ignore[attr-defined]

    def test_deferred_text_is_bounded_over_all_contexts(self) -> None:
        server = ServerConnection(now=0)
        half = "x" * (MAX_DEFERRED_TEXT // 2)
        for id in ("a", "b", "c"):
            server.receive(request(id=id), 0)
        assert server.receive(request(half, "a"), 0) == []
        assert server.receive(request(half, "b"), 0) == []
        assert kinds(server.receive(request("y", "c"), 0)) == [do.Cancel, do.Send]
        server.receive(GenerationRequest(context_id="a", cancel=True), 0)
        assert server.receive(request(half, "b"), 0) == []

    def test_flushes_are_bounded(self) -> None:
        server = ServerConnection(now=0)
        server.receive(request(continue_=True), 0)
        for _ in range(MAX_FLUSHES):
            server.receive(request("", continue_=True, flush=True), 0)
        ended = server.receive(request("", continue_=True, flush=True), 0)
        assert kinds(ended) == [do.Cancel, do.Send]

    def test_ids_are_short(self) -> None:
        server = ServerConnection(now=0)
        (error,) = sent(server.receive(request(id="x" * 1001), 0))
        assert isinstance(error, Error) and (error.status_code, error.context_id) == (400, None)
        assert kinds(server.receive(request(id="x" * 1000), 0))[0] is do.Open

    def test_too_many_contexts(self) -> None:
        server = ServerConnection(now=0, max_contexts=1)
        server.receive(request(), 0)
        (error,) = sent(server.receive(request(id="b"), 0))
        assert isinstance(error, Error)
        assert (error.status_code, error.context_id, error.error_code) == (429, "b", "concurrency_limited")
        assert server.live == ("a",)

    def test_cancel(self) -> None:
        server = ServerConnection(now=0)
        server.receive(request(continue_=True), 0)
        stopped = server.receive(GenerationRequest(context_id="a", cancel=True), 0)
        assert stopped == [do.Cancel("a"), do.Send(Done(context_id="a"))]

    def test_unreadable_message_ends_the_context_that_it_names(self) -> None:
        server = ServerConnection(now=0)
        server.receive(request(continue_=True), 0)
        server.receive(request("x", None), 0)
        assert kinds(server.reject(InvalidRequest("bad"), 0)) == [do.Send]
        assert kinds(server.reject(InvalidRequest("bad", context_id="a"), 0)) == [do.Cancel, do.Send]
        assert server.live == (None,)

    def test_expiry_finishes_and_idle_closes(self) -> None:
        server = ServerConnection(now=0)
        server.receive(request(continue_=True), 0)
        server.chunk("a", b"", 0, 2.0)
        assert server.deadline() == 7.0
        assert server.expire(6.9, lambda id: False) == []
        assert server.expire(7.0, lambda id: True) == []
        assert server.expire(12.0, lambda id: False) == [do.Finish("a")]
        assert server.deadline() is None
        server.done("a", 13.0)
        assert server.deadline() == 313.0
        assert server.expire(313.0, lambda id: False) == [IDLE_CLOSE]


class TestClient:
    def opened(self, *ids: str) -> ClientConnection:
        client = ClientConnection()
        for id in ids:
            client.open(id)
            client.send(request(id=id, continue_=True))
        return client

    def test_an_error_without_context_ends_all(self) -> None:
        client = self.opened("a", "b")
        routed = client.receive(Error(title="x", message="y"))
        assert [(r.context_id, r.last) for r in routed] == [("a", True), ("b", True)]
        assert client.receive(Chunk(context_id="a", data=b"")) == []
        assert client.receive(Done(context_id="a")) == []

    def test_an_error_without_any_context_is_the_connections(self) -> None:
        assert ClientConnection().receive(Error())[0].context_id is None

    def test_events_of_a_cancelled_context_are_swallowed(self) -> None:
        client = self.opened("a", "b")
        assert client.cancel("a")
        assert not client.cancel("a")
        assert client.receive(Chunk(context_id="a", data=b"")) == []
        assert client.receive(Done(context_id="a")) == []
        assert client.live == ("b",)
        client.open("a")

    def test_a_cancelled_id_cannot_be_taken_before_its_end(self) -> None:
        client = self.opened("a")
        client.cancel("a")
        with pytest.raises(UsageError, match="cancelled"):
            client.open("a")

    @pytest.mark.parametrize("first", [0, 1])
    def test_both_numberings(self, first: int) -> None:
        client = self.opened("a")
        events = [
            Chunk(context_id="a", data=b""),
            Chunk(context_id="a", data=b"", flush_id=first),
            FlushDone(context_id="a", flush_id=first),
            Chunk(context_id="a", data=b""),
            Chunk(context_id="a", data=b"", flush_id=first + 1),
        ]
        assert [client.receive(event)[0].segment for event in events] == [0, 0, 0, 1, 1]

    def test_after_the_end_of_the_connection(self) -> None:
        client = self.opened("a")
        assert client.closed(1006) == ["a"]
        assert client.closed(1000, "late") == []
        with pytest.raises(ConnectionLost) as lost:
            client.open("b")
        assert lost.value.code == 1006

    def test_what_may_not_be_sent(self) -> None:
        client = self.opened("a")
        with pytest.raises(UsageError, match="in use"):
            client.open("a")
        client.send(request("", continue_=False))
        with pytest.raises(UsageError, match="no more input"):
            client.send(request())
        with pytest.raises(UsageError, match="ended"):
            client.send(request(id="z"))
        client.open("b")
        with pytest.raises(UsageError, match="flush"):
            client.send(request("", id="b", continue_=True, flush=True))


def test_every_phase_can_end() -> None:
    for phase in (Phase.OPEN, Phase.CLOSING, Phase.CANCELLED):
        assert after(phase, Move.END) is Phase.FREE
    assert set(TABLE.values()) == set(Phase)
