from __future__ import annotations

import pytest

from myna.conversation.calls import Call
from myna.conversation.making import Making
from myna.conversation.table import calls
from myna.server.access.issuing import Issuing
from myna.server.access.rights import right
from myna.server.access.tokens import Tokens
from myna.testing.provider import ScriptedProvider

TABLE = [*calls(ScriptedProvider(), Making()), Issuing(Tokens("x" * 32)).call()]


@pytest.mark.parametrize(
    "path",
    [
        "/tts/bytes",
        "/tts/sse",
        "/tts/websocket",
        "/v1/audio/speech",
        "/audio/speech",
        "/voice-changer/websocket",
    ],
)
def test_speaking(path: str) -> None:
    assert (right("POST", path).scopes, right("POST", path).grant) == (("tts",), "tts")


@pytest.mark.parametrize(
    "path",
    ["/stt", "/stt/websocket", "/stt/turns/websocket", "/audio/transcriptions", "/v1/audio/transcriptions"],
)
def test_listening(path: str) -> None:
    assert (right("GET", path).scopes, right("GET", path).grant) == (("stt",), "stt")


@pytest.mark.parametrize("call", TABLE, ids=lambda call: f"{call.method} {call.path}")
def test_every_call_of_the_table_has_its_scope_and_only_listening_takes_tokens(call: Call) -> None:
    needed = right(call.method, call.path)
    root = call.path.split("/")[1]
    if root in ("infill", "voice-changer"):
        assert (needed.scopes, needed.grant) == (("tts",), None)
        return
    if call.long:
        assert (needed.scopes, needed.grant) == (("stt",), "stt")
        return
    scope = {"pronunciation-dicts": "dictionaries", "access-token": "tokens", "voices": "voices"}.get(root)
    if root in ("v1", "models", "audio"):
        assert needed.scopes == ("tts", "stt")
    elif scope is None:
        assert root in ("accents", "locales"), "a new kind of call: say what it needs"
    else:
        assert scope in needed.scopes
    assert needed.grant is None, "tokens are for speaking and listening only"


def test_voices_can_be_looked_at_by_who_speaks_with_them() -> None:
    assert "tts" in right("GET", "/voices").scopes
    assert right("POST", "/voices").scopes == right("DELETE", "/voices/x").scopes == ("voices",)


@pytest.mark.parametrize("path", ["/metrics", "/nowhere", "/", "/ttsx", "/v1/unknown"])
def test_everything_else_takes_any_key(path: str) -> None:
    assert (right("GET", path).scopes, right("GET", path).grant) == ((), None)
