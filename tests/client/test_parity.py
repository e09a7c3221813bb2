"""The clients for threads and for asyncio have the same files, names, signatures and explanations."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re

import pytest

import myna.client.aio
import myna.client.sync

ONLY_SYNC = {"keeper", "tend"}
"""What has no twin: asyncio looks after idle connections by itself."""
ONLY_AIO = {"open"}
"""What has no twin: a constructor cannot wait."""
OPENED = {"TTSConnection", "STTConnection"}
SHADES = [
    (r"`async with`", "`with`"),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\bhttpx\.AsyncClient\b", "httpx.Client"),
    (r"\bhttpx\.Client\b", "httpx.Client"),
    (r"\bawait |\basync ", ""),
    (r"\(\(?await \(?([\w.()]+)\)\)?", r"(\1)"),
    (r"tasks?\b", "threads"),
    (r"threads?\b", "threads"),
    (r"[()]", ""),
]


def modules(package):
    return {info.name for info in pkgutil.iter_modules(package.__path__)}


def plain(text):
    for pattern, replacement in SHADES:
        text = re.sub(pattern, replacement, text)
    return " ".join(text.split())


def classes(side, name):
    module = importlib.import_module(f"myna.client.{side}.{name}")
    return {
        key: value
        for key, value in vars(module).items()
        if inspect.isclass(value) and value.__module__ == module.__name__ and not key.startswith("_")
    }


def public(cls):
    return {
        name: value
        for name, value in vars(cls).items()
        if not name.startswith("_") and (callable(value) or isinstance(value, property))
    }


def shape(function):
    return [
        (parameter.name, parameter.kind, parameter.default)
        for parameter in inspect.signature(function).parameters.values()
    ]


def test_both_have_the_same_files():
    assert modules(myna.client.sync) - ONLY_SYNC == modules(myna.client.aio)


PAIRED = [
    "client",
    "tts",
    "stt",
    "stt_websocket",
    "listening",
    "live",
    "infill",
    "voice_changer",
    "voice_stream",
    "voices",
    "pronunciation_dicts",
    "access_token",
    "connection",
    "context",
    "responses",
    "stream",
    "pages",
    "backcompat",
    "raw",
]


@pytest.mark.parametrize("name", PAIRED)
def test_both_have_the_same_classes(name):
    sync, aio = classes("sync", name), classes("aio", name)
    assert {f"Async{key}" for key in sync} | {"AsyncPaginator"} >= set(aio)
    assert {key.removeprefix("Async") for key in aio} >= set(sync)


@pytest.mark.parametrize(("name", "key"), [(name, key) for name in PAIRED for key in classes("sync", name)])
def test_twins_agree(name, key):
    one, other = classes("sync", name)[key], classes("aio", name)[f"Async{key}"]
    assert shape(one.__init__) == shape(other.__init__)
    assert one.__doc__ and other.__doc__
    first, second = (cls.__doc__.split("Example:")[0] for cls in (one, other))
    assert plain(first) == plain(second)
    ours, theirs = public(one), public(other)
    assert set(ours) - ONLY_SYNC == set(theirs) - (ONLY_AIO if key in OPENED else set())
    for method in set(ours) & set(theirs):
        value = ours[method]
        twin = theirs[method]
        if isinstance(value, property):
            assert plain(value.__doc__ or "") == plain(twin.__doc__ or "")
            continue
        assert shape(value) == shape(twin), method
        if "back" not in name:
            assert plain(value.__doc__ or "") == plain(twin.__doc__ or ""), method
