from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from myna.transport.sse import EventStream

WHOLE = (
    b': a comment\n\nevent: chunk\ndata: {"a": 1}\n\nid: 7\ndata:x\r\ndata: y\r\n\r\n'
    b"data: lonely\rdata: cr\r\rdata: \xc3\xa4\n\nevent: nothing\n\n"
)
EVENTS = [b'{"a": 1}', b"x\ny", b"lonely\ncr", "ä".encode()]


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
def test_events_come_out_however_the_bytes_are_cut(cuts):
    stream, events = EventStream(), []
    edges = [0, *sorted(cuts), len(WHOLE)]
    for start, end in itertools.pairwise(edges):
        events += stream.feed(WHOLE[start:end])
    assert events == EVENTS


def test_an_unfinished_event_is_not_given():
    assert EventStream().feed(b"data: half\n") == []
