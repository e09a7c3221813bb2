from __future__ import annotations

import pytest

from myna.server.access.credentials import is_token, masked, shown


def test_the_order_in_which_they_count() -> None:
    headers = {"authorization": "bearer  one ", "x-api-key": " two"}
    assert shown(headers, {"access_token": "four", "api_key": "three", "q": "x"}) == [
        "one",
        "two",
        "three",
        "four",
    ]


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer "}, {"authorization": "Basic eHg6eXk="}, {"x-api-key": "  "}]
)
def test_nothing_is_shown(headers: dict[str, str]) -> None:
    assert shown(headers, {"api_key": ""}) == []


@pytest.mark.parametrize(
    ("secret", "token"),
    [
        ("a.b.c", True),
        ("a.b.", True),
        ("eyJ-_.x.y", True),
        ("a.b", False),
        ("a.b.c.d", False),
        ("sk_x", False),
    ],
)
def test_what_looks_like_a_token(secret: str, token: bool) -> None:
    assert is_token(secret) is token


def test_what_somebody_put_elsewhere_by_mistake_is_masked() -> None:
    secret = f"sk_myna_{'0' * 16}_{'a' * 64}"
    assert masked(f"/voices/{secret}/x?q=eyJhbGciOi.eyJncmFudH.c2ln") == "/voices/***/x?q=***"
    assert masked("/voices/otis?q=sk") == "/voices/otis?q=sk"
