"""Who gets which event, without any socket."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from myna.client.errors import InvalidCall, WebSocketConnectionClosedError
from myna.client.events import event_of
from myna.client.switchboard import Switchboard
from myna.speech.errors import ConnectionLost, MynaError, ProtocolViolation
from myna.wire.cartesia.messages import Chunk, Done, Error, GenerationRequest

IDS = ["a", "b", "c"]


def text(context_id, **more):
    return GenerationRequest(context_id=context_id, transcript="x", continue_=True, **more)


def chunk(context_id):
    return event_of(Chunk(context_id=context_id, data=b"1234"))


def done(context_id):
    return event_of(Done(context_id=context_id))


def kinds(inbox):
    return [event.type for event in inbox.events]


def test_events_go_to_their_context_and_nowhere_else():
    board = Switchboard()
    one, two = board.register("a"), board.register("b")
    board.note_request(text("a"), one)
    board.note_request(text("b"), two)
    board.deliver([chunk("a"), chunk("b"), done("a"), chunk("a"), chunk("nobody"), done("nobody")])
    assert (kinds(one), kinds(two), kinds(board.loose)) == (["chunk", "done"], ["chunk"], [])
    assert one.over and not two.over


def test_what_was_sent_without_a_context_is_read_from_the_connection():
    board = Switchboard()
    board.note_request(text("own"))
    board.deliver([chunk("own"), done("own"), chunk("own")])
    assert board.unread() is board.loose and kinds(board.loose) == ["chunk", "done"]


def test_events_of_a_cancelled_context_end_nobody():
    board = Switchboard()
    one, two = board.register("a"), board.register("b")
    board.note_request(text("a"), one)
    board.note_request(text("b"), two)
    assert board.note_request(GenerationRequest(context_id="a", cancel=True))
    board.end(one)
    board.deliver([chunk("a"), done("a"), chunk("b")])
    assert (kinds(one), kinds(two)) == ([], ["chunk"]) and one.over and not two.over
    assert not board.note_request(GenerationRequest(context_id="a", cancel=True))


def test_a_dropped_context_is_cancelled_once():
    board = Switchboard()
    inbox = board.register("a")
    board.note_request(text("a"), inbox)
    board.deliver([chunk("a")])
    board.drop(inbox)
    assert (board.sweep(), board.sweep(), board.held) == (["a"], [], 0)
    board.deliver([chunk("a"), done("a")])
    assert board.unread() is None and board.held == 0
    unsent = board.register("b")
    board.drop(unsent)
    assert board.sweep() == []


def test_a_loss_is_told_to_each_that_waits_and_only_to_those():
    board = Switchboard()
    waiting, ended, fresh = (board.register(id) for id in IDS)
    board.note_request(text("a"), waiting)
    board.note_request(text("b"), ended)
    board.deliver([done("b")])
    board.fail(ConnectionLost("gone", code=1006))
    assert isinstance(waiting.error, WebSocketConnectionClosedError) and waiting.error.context_id == "a"
    assert (ended.error, fresh.error) == (None, None) and board.loose.error is not None
    board.renew()
    assert board.note_request(text("c"), fresh)
    with pytest.raises(ConnectionLost):
        board.note_request(text("a"), waiting)
    assert board.note_request(text("a"), waiting)


def test_a_violation_keeps_its_class():
    board = Switchboard()
    inbox = board.register("a")
    board.note_request(text("a"), inbox)
    board.fail(ProtocolViolation("nonsense"))
    assert type(inbox.error) is ProtocolViolation and inbox.error.context_id == "a"


class Anything(RuleBasedStateMachine):
    """Whatever happens in whatever order: counts stay right, and nothing but typed errors comes out."""

    @initialize()
    def begin(self):
        self.board = Switchboard()
        self.inboxes = {}

    @rule(id=st.sampled_from(IDS))
    def open(self, id):
        before = self.inboxes.get(id)
        try:
            self.inboxes[id] = self.board.register(id)
        except InvalidCall:
            assert before is not None and not before.over
            return
        if before is not None:
            self.board.drop(before)
            assert self.board.sweep() == []

    @rule(id=st.sampled_from(IDS), last=st.booleans(), flush=st.booleans(), empty=st.booleans())
    def send(self, id, last, flush, empty):
        request = GenerationRequest(
            context_id=id, transcript="" if empty else "x", continue_=not last, flush=flush
        )
        try:
            self.board.note_request(request, self.inboxes.get(id))
        except MynaError:
            return

    @rule(id=st.sampled_from([*IDS, None]), kind=st.sampled_from([chunk, done]))
    def receive(self, id, kind):
        self.board.deliver([kind(id)])

    @rule(id=st.sampled_from([*IDS, None]))
    def fail_one(self, id):
        self.board.deliver([event_of(Error(context_id=id, message="m"))])

    @rule(id=st.sampled_from(IDS))
    def cancel(self, id):
        self.board.note_request(GenerationRequest(context_id=id, cancel=True))
        if id in self.inboxes:
            self.board.end(self.inboxes[id])
            assert not self.inboxes[id].events

    @rule(id=st.sampled_from(IDS))
    def read(self, id):
        inbox = self.inboxes.get(id)
        if inbox is not None and inbox.events:
            event = inbox.events.popleft()
            inbox.taken += event.size
            self.board.settle(inbox)
            assert event.context_id in (id, None)

    @rule(id=st.sampled_from(IDS))
    def drop(self, id):
        inbox = self.inboxes.pop(id, None)
        if inbox is not None:
            self.board.drop(inbox)
            self.board.sweep()

    @rule(code=st.sampled_from([1000, 1006]))
    def lose(self, code):
        self.board.fail(ConnectionLost("gone", code=code))
        self.board.renew()

    @invariant()
    def the_count_of_what_is_held_is_right(self):
        held = sum(inbox.held for inbox in self.board._inboxes.values()) + self.board.loose.held
        assert self.board.held == held >= 0


TestAnything = Anything.TestCase
TestAnything.settings = settings(max_examples=80, stateful_step_count=40, deadline=None)
