"""Objects that an API returns, as lenient as APIs are: what is missing is None, what is new is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from inspect import get_annotations
from typing import Any, ClassVar, Self

_UNSHOWN = frozenset({"embedding", "token"})
"""Fields that are too long or too secret to be printed."""


class Model:
    """The root of returned objects: fields are attributes, and keys too.

    Subclasses annotate the fields they know; every other field of the answer is there all the same.

    Example:
        >>> class Pet(Model):
        ...     name: str | None
        ...     age: int | None
        >>> pet = Pet({"name": "Mio", "colour": "black"})
        >>> pet.name, pet.age, pet["colour"], pet.model_extra
        ('Mio', None, 'black', {'colour': 'black'})
    """

    _known: ClassVar[frozenset[str]] = frozenset()
    _readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}

    def __init_subclass__(cls) -> None:
        names = {name for base in cls.__mro__ for name in get_annotations(base)}
        cls._known = frozenset(name for name in names if not name.startswith("_"))

    def __init__(self, fields: Mapping[str, Any] | None = None, /, **more: Any) -> None:
        self._fields: dict[str, Any] = {**(fields or {}), **more}
        for name, value in self._fields.items():
            read = self._readers.get(name)
            self.__dict__[name] = value if read is None or value is None else read(value)

    @classmethod
    def construct(cls, **fields: Any) -> Self:
        """An object of these fields."""
        return cls(fields)

    model_construct = construct

    @property
    def model_extra(self) -> dict[str, Any]:
        """Fields that this version does not know."""
        return {name: value for name, value in self._fields.items() if name not in self._known}

    @property
    def model_fields_set(self) -> set[str]:
        """Names of the fields that the answer had."""
        return set(self._fields)

    def to_dict(self) -> dict[str, Any]:
        """The fields as they were received."""
        return dict(self._fields)

    def to_json(self, *, indent: int | None = 2) -> str:
        """The fields as JSON."""
        return json.dumps(self._fields, indent=indent, default=str)

    model_dump = to_dict
    model_dump_json = to_json

    def get(self, key: str, default: Any = None) -> Any:
        """The field, or `default` where the answer had none of that name."""
        return self[key] if key in self else default

    def keys(self) -> Iterator[str]:
        """Names of the fields that the answer had."""
        return iter(self._fields)

    def __getitem__(self, key: str) -> Any:
        if key not in self._fields:
            raise KeyError(key)
        return self.__dict__[key]

    def __contains__(self, key: object) -> bool:
        return key in self._fields

    def __getattr__(self, name: str) -> Any:
        if name in type(self)._known:
            return None
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._fields == other._fields

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self.__dict__[name]!r}" for name in self._fields if name not in _UNSHOWN)
        return f"{type(self).__name__}({shown})"


def read_time(value: str) -> datetime | str:
    """An ISO 8601 time; what cannot be read stays text."""
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return value


class VoiceLocale(Model):
    """A locale that a voice can speak."""

    locale: str
    is_native: bool


class Voice(Model):
    """A voice.

    `gender` is masculine, feminine or gender_neutral; `embedding` is there for API versions that have it.

    Example:
        >>> voice = Voice({"id": "1", "name": "Ada", "created_at": "2026-01-01T00:00:00Z"})
        >>> voice.name, voice.created_at.year, voice.tagline
        ('Ada', 2026, None)
    """

    id: str
    name: str
    description: str
    language: str
    created_at: datetime
    is_owner: bool
    access: str
    visibility: str
    tagline: str
    locales: list[VoiceLocale]
    accent: str | None
    country: str | None
    gender: str | None
    preview_file_url: str | None
    is_public: bool | None
    is_starred: bool | None
    embedding: list[float] | None
    user_id: str | None

    _readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "created_at": read_time,
        "locales": lambda value: [VoiceLocale(item) for item in value],
    }


class VoiceMetadata(Model):
    """What is told of a voice that was just made.

    Example:
        >>> VoiceMetadata({"id": "1", "access": "private"}).access
        'private'
    """

    id: str
    name: str
    description: str
    language: str
    created_at: datetime
    user_id: str
    access: str
    visibility: str
    tagline: str
    is_public: bool | None

    _readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = {"created_at": read_time}


class EmbeddingResponse(Model):
    """The embedding of a speaker, or one between several: 192 numbers."""

    embedding: list[float]


class Accent(Model):
    """An accent of the catalogue.

    `is_localizable` says whether voices can be localized to it, `is_locale_default` whether it is what its
    locale sounds like unless another accent is named.
    """

    id: str
    name: str
    language: str
    locale: str
    is_locale_default: bool
    is_localizable: bool


class ListAccentsResponse(Model):
    """The accents of the catalogue, by id."""

    accents: list[Accent]

    _readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "accents": lambda value: [Accent(item) for item in value]
    }


class PronunciationDictItem(Model):
    """A word and how it is to be said: `alias` and `pronunciation` are the same.

    Example:
        >>> PronunciationDictItem({"text": "Myna", "alias": "my na"}).alias
        'my na'
    """

    text: str
    alias: str
    pronunciation: str | None
    case_sensitive: bool | None


class PronunciationDict(Model):
    """A pronunciation dictionary; `created_at` is text, as it was sent."""

    id: str
    name: str
    owner_id: str
    created_at: str
    items: list[PronunciationDictItem]
    pinned: bool
    description: str | None

    _readers: ClassVar[Mapping[str, Callable[[Any], Any]]] = {
        "items": lambda value: [PronunciationDictItem(item) for item in value]
    }


class AccessToken(Model):
    """A token that stands for its maker's key for a short while; it is left out of what is printed.

    Example:
        >>> AccessToken({"token": "a.b.c"})
        AccessToken()
    """

    token: str


class Status(Model):
    """How a server is."""

    ok: bool
    version: str
