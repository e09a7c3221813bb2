from __future__ import annotations

import pytest

from myna.transport.retries import retry_delay, worth_retrying

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("status", "asked", "expected"),
    [
        (400, None, False),
        (404, None, False),
        (408, None, True),
        (409, None, True),
        (429, None, True),
        (500, None, True),
        (503, "false", False),
        (400, "true", True),
        (500, "perhaps", True),
    ],
)
def test_what_is_tried_again(status, asked, expected):
    assert worth_retrying(status, {"x-should-retry": asked} if asked else {}) is expected


@pytest.mark.parametrize(
    ("headers", "delay"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "x", "retry-after": "2"}, 2.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}, 10.0),
    ],
)
def test_the_server_may_say_how_long_to_wait(headers, delay):
    assert retry_delay(1, headers, NOW) == delay


@pytest.mark.parametrize(
    "headers", [{"retry-after": "61"}, {"retry-after": "-1"}, {"retry-after": "soon"}, {}]
)
def test_otherwise_the_wait_doubles_up_to_a_limit(headers):
    delays = [retry_delay(tries, headers, NOW, chance=lambda: 0.0) for tries in range(1, 8)]
    assert delays == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]
    assert retry_delay(1, headers, NOW, chance=lambda: 0.999) == pytest.approx(0.375, abs=0.001)
