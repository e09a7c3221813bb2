"""Calls and answers, whatever carries them: the server's HTTP, or a client in the same process."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from urllib.parse import unquote

import msgspec

from myna.conversation.forms import Form
from myna.conversation.watch import Watch
from myna.speech.access import LOCAL, Caller
from myna.wire.cartesia.queries import Parameter
from myna.wire.cartesia.versions import DEFAULT_VERSION

JSON = "application/json"
AUDIO = ("audio/wav", "audio/mpeg", "application/octet-stream")
"""Media types of answers that are audio."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call.

    Attributes:
        method, path: of HTTP; the path begins with a slash and is not decoded.
        query: pairs of name and value.
        headers: names in lower case.
        body: as it was sent; empty where it came as a form.
        form: a body of several parts; whoever made it closes it.
        places: what stands at the places of the path's template.
        version: of the API.
        caller: on whose behalf.
        base_url: of this API as the caller reaches it.
        whole: nobody reads the answer before it is complete.
        request_id: of this call, for answers that name it.
        watch: who is told what is done for it.
    """

    method: str
    path: str
    query: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    form: Form | None = None
    places: Mapping[str, str] = field(default_factory=dict)
    version: str = DEFAULT_VERSION
    caller: Caller = LOCAL
    base_url: str = ""
    whole: bool = False
    request_id: str = ""
    watch: Watch = field(default_factory=Watch)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered.

    Attributes:
        status, headers: of HTTP.
        body: all of it, or pieces as they are made; closing these early frees what makes them.
    """

    status: int
    headers: dict[str, str]
    body: bytes | AsyncGenerator[bytes, None] = b""

    @classmethod
    def of(cls, value: msgspec.Struct, status: int = 200) -> Answer:
        """An object as JSON."""
        return cls(status, {"content-type": JSON}, msgspec.json.encode(value))

    @property
    def pieces(self) -> AsyncGenerator[bytes, None]:
        """The body in pieces, however it is made."""
        return once(self.body) if isinstance(self.body, bytes) else self.body


NOTHING = 204
"""Status of an answer without content."""


async def once(data: bytes) -> AsyncGenerator[bytes, None]:
    """A body that is known as a whole."""
    yield data


@dataclass(frozen=True)
class Call:
    """One call of the API, with all that a door and its description need to know.

    Attributes:
        method: of HTTP.
        path: with places such as `{id}`.
        answer: answers it.
        summary: what it does, for people.
        takes: the JSON body, or the text parts of the form; None for neither.
        files: parts of the form that are files; a call that has some takes a form, with these required.
        spare: those of them of which all but one may be missing.
        gives: what is answered: one or several objects, or a media type; None for nothing (204).
        also: media types that are answered where the client asks for them.
        query: its parameters.
        alias: it is another path of a call that is described already.
        long: its files are recordings, which may be larger than other uploads.
        works: it keeps an engine busy; a door admits it as it admits a stream of speech. One that takes files
            does so too.
    """

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    answer: Callable[[Asked], Awaitable[Answer]]
    summary: str
    takes: type[msgspec.Struct] | None = None
    files: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()
    gives: tuple[Any, ...] | str | None = None
    also: tuple[str, ...] = ()
    query: tuple[Parameter, ...] = ()
    alias: bool = False
    long: bool = False
    works: bool = False

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.path)) + r"\Z")

    def places(self, path: str) -> Mapping[str, str] | None:
        """What stands at the places of a path; None where it is not this call's."""
        found = self._pattern.match(path)
        return found and {name: unquote(value) for name, value in found.groupdict().items()}


class Calls:
    """A table of calls; of two that fit a path the earlier is meant."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._calls = tuple(calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    def find(self, method: str, path: str) -> tuple[Call, Mapping[str, str]] | None:
        """The call that is meant and what stands at its places; a slash at the end makes no difference."""
        path = path.rstrip("/") or "/"
        for call in self._calls:
            if call.method == method and (places := call.places(path)) is not None:
                return call, places
        return None
