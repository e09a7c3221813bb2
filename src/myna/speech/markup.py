"""The markup of transcripts, read piece by piece.

    parser = Parser()
    for piece in pieces:
        for event in parser.feed(piece): ...
    for event in parser.close(): ...

What is a tag:

- ``<break time="1s"/>``: a pause, of seconds or milliseconds (at most `LONGEST_BREAK`);
- ``<spell>…</spell>``: read character by character, to the end of the text where it is never closed;
- ``<speed ratio="1.5"/>``, ``<volume ratio="0.5"/>`` (or ``level=``), ``<emotion value="angry"/>``: from
  here on; a closing ``</speed>`` ends what its opening tag began;
- ``<<k|æ|t>>``: one word in IPA;
- ``[laughter]``, ``[sigh]``, ``<laughter/>``, ``<pause>``: never read aloud.

Anything else that has the form of a tag (``<foo/>``, ``</foo>``, ``<foo a="b">``) is dropped and never read.
What cannot become a tag is text: ``3 < 5``, ``a<b``, ``<3``, and any ``<`` without its ``>`` within
`LONGEST_TAG` characters. A tag may be split over any number of pieces; of one that is never finished, `close`
drops what no text begins with (``<break time="1s``, ``<<k|æ``) and makes text of the rest (``<b``).
Every character belongs to exactly one event: events are in order, each starts where the last one ended.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_TAG = 256
"""Characters of a tag; a longer one is ordinary text."""
LONGEST_BREAK = 60.0
"""Seconds of one pause."""
USUAL_BREAK = 0.5
"""Seconds of a pause that does not say how long."""
SPEED_RANGE = (0.6, 1.5)
VOLUME_RANGE = (0.5, 2.0)
NONVERBAL = (
    "laughter",
    "laughing",
    "laughs",
    "laugh",
    "chuckle",
    "giggle",
    "sighs",
    "sigh",
    "gasp",
    "breath",
)
"""Sounds that are asked for by name, in brackets or as a tag."""


@dataclass(frozen=True, slots=True)
class Event:
    """`transcript[start:end]` is this."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text(Event):
    """Ordinary text, to be spoken."""

    text: str


@dataclass(frozen=True, slots=True)
class Break(Event):
    """Silence of so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SpellStart(Event):
    """Text is read character by character from here."""


@dataclass(frozen=True, slots=True)
class SpellEnd(Event):
    """Text is read as usual again."""


@dataclass(frozen=True, slots=True)
class Speed(Event):
    """Tempo factor from here on."""

    ratio: float


@dataclass(frozen=True, slots=True)
class Volume(Event):
    """Linear gain from here on."""

    ratio: float


@dataclass(frozen=True, slots=True)
class Emotion(Event):
    """Emotion from here on, in lower case; None goes back to the request's own."""

    name: str | None


@dataclass(frozen=True, slots=True)
class Pronounce(Event):
    """One word, given by its phonemes in IPA."""

    phonemes: tuple[str, ...]

    @property
    def ipa(self) -> str:
        """The phonemes without separators."""
        return "".join(self.phonemes)


@dataclass(frozen=True, slots=True)
class Nonverbal(Event):
    """A sound without words, such as laughter; not read aloud."""

    name: str


@dataclass(frozen=True, slots=True)
class Ignored(Event):
    """Markup without a meaning here; not read aloud."""

    markup: str


_NAME = r"[A-Za-z][A-Za-z0-9_:-]*"
_BARE = r"[^<>\"'\s=/]+"
_ATTRIBUTE = rf"\s+{_NAME}\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'|{_BARE})"
_TAG = re.compile(rf"<(?P<closing>/?)(?P<name>{_NAME})(?P<attributes>(?:{_ATTRIBUTE})*)\s*/?>")
_TAG_BEGUN = re.compile(
    rf"</?(?:{_NAME}(?:{_ATTRIBUTE})*"
    rf"(?:\s*/|\s+(?:{_NAME}\s*(?:=\s*(?:\"[^\"<>]*|'[^'<>]*|{_BARE})?)?)?)?)?"
)
_ONE_ATTRIBUTE = re.compile(rf"({_NAME})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|({_BARE}))")
_PHONEMES = r"[^\s<>0-9!\"#$%&()*+,/;=?@\[\]\\^`{}]*"
_IPA = re.compile(rf"<<({_PHONEMES})>>")
_IPA_BEGUN = re.compile(rf"<<{_PHONEMES}>?")
_BRACKETED = re.compile(rf"\[({'|'.join(NONVERBAL)})\]", re.IGNORECASE)
_TIME = re.compile(r"([0-9]{0,9}\.?[0-9]{1,9})\s*(ms|s|)", re.IGNORECASE)
_OPENER = re.compile(r"[<\[]")
_KNOWN = ("break", "spell", "speed", "volume", "emotion", "pause", *NONVERBAL)
_UNFINISHED = re.compile(rf"</?(?:{'|'.join(_KNOWN)})(?![\w:-]).*|<<[^|]*\|.*", re.IGNORECASE | re.DOTALL)


class Parser:
    """Turns pieces of one transcript into events; knows no clock and never raises."""

    def __init__(self) -> None:
        self._held = ""
        self._offset = 0
        self._spelling = False

    @property
    def held(self) -> int:
        """Characters that wait for the rest of their tag."""
        return len(self._held)

    @property
    def is_within_tag(self) -> bool:
        """Whether what waits is more than likely the beginning of a tag."""
        name = self._held.lstrip("</[").lower()
        begun = len(name) > 1 and any(known.startswith(name) for known in _KNOWN)
        return begun or _is_unfinished(self._held)

    def feed(self, piece: str) -> Iterator[Event]:
        """The events that `piece` completes. Iterate to the end before the next call."""
        return self._read(self._held + piece, final=False)

    def close(self) -> Iterator[Event]:
        """Drop a tag that was begun only, or make text of it; more pieces may still follow."""
        return self._read(self._held, final=True)

    def _read(self, source: str, *, final: bool) -> Iterator[Event]:
        base, self._held = self._offset, ""
        left = ""
        done = look = 0
        while opener := _OPENER.search(source, look):
            at = opener.start()
            window = source[at : at + LONGEST_TAG]
            if found := _match(window):
                if at > done:
                    yield Text(base + done, base + at, source[done:at])
                done = look = at + found.end()
                self._offset = base + done
                yield self._event(found, base + at, base + done)
            elif len(window) < LONGEST_TAG and _is_begun(window) and (not final or _is_unfinished(window)):
                self._held, source = ("" if final else window), source[:at]
                left = window if final else ""
            else:
                look = at + 1
        self._offset = base + len(source)
        if len(source) > done:
            yield Text(base + done, base + len(source), source[done:])
        if left:
            self._offset += len(left)
            yield Ignored(self._offset - len(left), self._offset, left)

    def _event(self, found: re.Match[str], start: int, end: int) -> Event:
        if found.re is _IPA:
            phonemes = tuple(part for part in found[1].split("|") if part)
            return Pronounce(start, end, phonemes) if phonemes else Ignored(start, end, found[0])
        if found.re is _BRACKETED:
            return Nonverbal(start, end, found[1].lower())
        name = found["name"].lower()
        if name == "spell":
            opens = not found["closing"]
            if opens is self._spelling:
                return Ignored(start, end, found[0])
            self._spelling = opens
            return SpellStart(start, end) if opens else SpellEnd(start, end)
        if found["closing"]:
            return _ended(name, start, end) or Ignored(start, end, found[0])
        return _begun(name, _attributes(found["attributes"]), start, end) or Ignored(start, end, found[0])


def _match(window: str) -> re.Match[str] | None:
    if window[0] == "[":
        return _BRACKETED.match(window)
    return _IPA.match(window) or _TAG.match(window)


def _is_begun(window: str) -> bool:
    if window[0] == "[":
        return any(name.startswith(window[1:].lower()) for name in _BRACKETED_BEGUN)
    return bool(_IPA_BEGUN.fullmatch(window) or _TAG_BEGUN.fullmatch(window))


def _is_unfinished(window: str) -> bool:
    return bool(_UNFINISHED.fullmatch(window))


_BRACKETED_BEGUN = tuple(f"{name}]" for name in NONVERBAL)


def _attributes(source: str) -> dict[str, str]:
    found = _ONE_ATTRIBUTE.findall(source)
    return {name.lower(): (double or single or bare).strip() for name, double, single, bare in found}


def _begun(name: str, attributes: dict[str, str], start: int, end: int) -> Event | None:
    """What an opening or lone tag means; None where it means nothing."""
    if name == "break":
        seconds = _seconds(attributes["time"]) if "time" in attributes else USUAL_BREAK
        return None if seconds is None else Break(start, end, seconds)
    if name == "speed":
        speed = _ratio(attributes.get("ratio"), SPEED_RANGE)
        return None if speed is None else Speed(start, end, speed)
    if name == "volume":
        volume = _ratio(attributes.get("ratio", attributes.get("level")), VOLUME_RANGE)
        return None if volume is None else Volume(start, end, volume)
    if name == "emotion" and attributes.get("value"):
        return Emotion(start, end, attributes["value"].lower())
    if name in NONVERBAL:
        return Nonverbal(start, end, name)
    return None


def _ended(name: str, start: int, end: int) -> Event | None:
    """What a closing tag means; None where it means nothing."""
    if name == "speed":
        return Speed(start, end, 1.0)
    if name == "volume":
        return Volume(start, end, 1.0)
    if name == "emotion":
        return Emotion(start, end, None)
    return None


def _seconds(value: str) -> float | None:
    found = _TIME.fullmatch(value)
    if not found:
        return None
    return min(float(found[1]) / (1000.0 if found[2].lower() == "ms" else 1.0), LONGEST_BREAK)


def _ratio(value: str | None, limits: tuple[float, float]) -> float | None:
    try:
        ratio = float(value or "")
    except ValueError:
        return None
    return None if math.isnan(ratio) else min(max(ratio, limits[0]), limits[1])
