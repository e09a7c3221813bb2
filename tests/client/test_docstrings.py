"""The examples in the docstrings of the client run, those with `await` too."""

from __future__ import annotations

import ast
import contextlib
import doctest
import importlib
import inspect
import io
import pkgutil

import httpx
import pytest

import myna
import myna.client
from myna.client import AsyncCartesia, AsyncMyna, Cartesia, Myna
from myna.client.desk import Desk
from myna.client.sync.local import LocalEngines
from myna.testing.provider import ScriptedProvider
from myna.testing.voices import scripted_voice
from tests.client.sounds import silence, speech, wav

CHECKER = doctest.OutputChecker()
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def make_provider():
    return ScriptedProvider(voices=[scripted_voice(name) for name in ("Ada", "Wren")])


def modules():
    for info in pkgutil.walk_packages(myna.client.__path__, "myna.client."):
        if not info.ispkg:
            yield importlib.import_module(info.name)


def examples():
    finder = doctest.DocTestFinder(recurse=True)
    for module in modules():
        for test in finder.find(module):
            if test.examples:
                yield pytest.param(test, id=test.name)


async def run(test, names):
    for example in test.examples:
        code = compile(example.source, test.name, "single", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            if inspect.iscoroutine(result := eval(code, names)):
                await result
        if example.want:
            same = CHECKER.check_output(example.want, said.getvalue(), OPTIONS)
            assert same, f"{test.name}: {example.source!r} gave {said.getvalue()!r}"


@pytest.mark.parametrize("test", list(examples()))
async def test_example(test, tmp_path, monkeypatch):
    provider = make_provider()
    monkeypatch.setattr("myna.providers.local.LocalProvider", make_provider)
    monkeypatch.chdir(tmp_path)
    recording = speech(0.6) + silence(1.0)
    (tmp_path / "speech.wav").write_bytes(wav(recording))
    engines = LocalEngines(make_provider)
    async with contextlib.AsyncExitStack() as closing:
        on_asyncio = ".aio." in test.name
        client = AsyncMyna() if on_asyncio else Myna()
        if on_asyncio:
            closing.push_async_exit(client)
            connection = await closing.enter_async_context(client.tts.websocket_connect())
        else:
            closing.push(client)
            connection = closing.enter_context(client.tts.websocket_connect())
        names = {
            **test.globs,
            **{kind.__name__: kind for kind in (Myna, AsyncMyna, Cartesia, AsyncCartesia)},
            "myna": myna,
            "httpx": httpx,
            "provider": provider,
            "LocalProvider": make_provider,
            "engines": engines,
            "desk": Desk(provider),
            "client": client,
            "connection": connection,
            "play": len,
            "recording": recording,
            "request": {
                "model_id": "sonic-latest",
                "voice": "Ada",
                "transcript": "Good evening.",
                "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 24000},
            },
        }
        await run(test, names)
    engines.close()


def test_every_public_class_has_an_example():
    for module in (
        module for module in modules() if ".sync." in module.__name__ or ".aio." in module.__name__
    ):
        for name, value in vars(module).items():
            own = inspect.isclass(value) and value.__module__ == module.__name__
            if own and name in myna.__all__:
                assert "Example:" in (value.__doc__ or ""), name
