"""What a request needs to be allowed."""

from __future__ import annotations

from dataclasses import dataclass

OPEN_PATHS = frozenset({"/", "/healthz", "/readyz", "/openapi.json", "/docs", "/agents/templates"})
"""Paths that need no key."""


@dataclass(frozen=True, slots=True)
class Right:
    """What a credential must bring.

    Attributes:
        scopes: of which a key must have one; none where any key will do.
        grant: what an access token must grant; None where a token does not do.
    """

    scopes: tuple[str, ...] = ()
    grant: str | None = None


_SPEAK = Right(("tts",), "tts")
_LISTEN = Right(("stt",), "stt")
_AGENTS = Right((), "agent")
_CHANGE = Right(("tts",))
_SEE_VOICES = Right(("voices", "tts"))
_SEE_MODELS = Right(("tts", "stt"))
_VOICES = Right(("voices",))
_DICTIONARIES = Right(("dictionaries",))
_TOKENS = Right(("tokens",))
_ANY_KEY = Right()

_ROOTS = {
    "tts": _SPEAK,
    "infill": _CHANGE,
    "voice-changer": _CHANGE,
    "stt": _LISTEN,
    "audio": _LISTEN,
    "voices": _VOICES,
    "pronunciation-dicts": _DICTIONARIES,
    "access-token": _TOKENS,
    "agents": _AGENTS,
}


def right(method: str, path: str) -> Right:
    """What a method on a path needs; sockets have the method GET."""
    root, _, rest = path.removeprefix("/v1/").lstrip("/").partition("/")
    if root == "audio" and rest == "speech":
        return _SPEAK
    if root == "voice-changer" and rest == "websocket":
        return _SPEAK  # browsers use it, which have tokens
    if root == "models" or (root == "audio" and rest in ("voices", "models")):
        return _SEE_MODELS
    if root == "voices" and method in ("GET", "HEAD"):
        return _SEE_VOICES
    return _ROOTS.get(root, _ANY_KEY)
