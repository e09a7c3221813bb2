"""Speech made on this machine: the built-in voices, and text turned into speech with the engines."""

from myna.providers.local.provider import LocalProvider

__all__ = ["LocalProvider"]
