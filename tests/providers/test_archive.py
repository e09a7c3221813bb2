"""The library behind the voices: opened when it is needed, left to each process, carried elsewhere."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from myna.providers.local import LocalProvider
from myna.speech.errors import InvalidRequest, NotFound, PermissionDenied, UsageError, VoiceNotFound
from myna.speech.events import Done
from myna.speech.pages import Span
from myna.speech.voices import CloneDraft, VoiceChoice
from tests.providers.drafts import ALL, ANN, BOB, WREN, draft, said
from tests.providers.pools import TonePool


@asynccontextmanager
async def using(data: Path) -> AsyncIterator[LocalProvider]:
    provider = LocalProvider(pool=TonePool(), data=data)
    try:
        yield provider
    finally:
        await provider.aclose()


async def test_export_and_import(provider: LocalProvider, clip: Path, tmp_path: Path) -> None:
    made = await provider.voices.clone(CloneDraft("Mine"), clip, ANN)
    parcel = tmp_path / "parcel"
    parcel.write_bytes(await provider.voices.export(made.id, ANN))
    with pytest.raises(InvalidRequest, match="here already"):
        await provider.voices.import_(parcel, ANN)
    second = await provider.voices.import_(parcel, BOB, anew=True)
    assert (second.owner, second.likeness) == ("bob", made.likeness) and second.id != made.id
    await provider.voices.delete(made.id, ANN)
    again = await provider.voices.import_(parcel, ANN)
    assert again == made
    assert await provider.voices.find(VoiceChoice(made.id), ANN) == made
    for id, kind in ((WREN.id, PermissionDenied), (second.id, VoiceNotFound), ("none", VoiceNotFound)):
        with pytest.raises(kind):
            await provider.voices.export(id, ANN)
    parcel.write_bytes(b"something else")
    with pytest.raises(InvalidRequest, match="parcel"):
        await provider.voices.import_(parcel, ANN)


async def test_a_library_is_opened_only_when_needed(tmp_path: Path) -> None:
    data = tmp_path / "mine"
    async with using(data) as provider:
        assert await said(provider, VoiceChoice("Wren")) == Done()
        assert len((await provider.voices.page(ALL, Span(5), ANN)).items) == 5
        with pytest.raises(VoiceNotFound):
            await provider.voices.find(VoiceChoice("nobody"), ANN)
        with pytest.raises(NotFound):
            await provider.dictionaries.get("pdict_1", ANN)
        assert not data.exists()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("myna library")]
        made = await provider.voices.create(draft(), ANN)
        assert data.exists()
    async with using(data) as provider:
        assert await provider.voices.find(VoiceChoice(made.id), ANN) == made
        await provider.aclose()
        with pytest.raises(UsageError):
            await provider.voices.find(VoiceChoice("nobody"), ANN)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("myna library")]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_opens_the_library_for_itself(tmp_path: Path) -> None:
    provider = LocalProvider(pool=TonePool(), data=tmp_path / "data")
    with asyncio.Runner() as runner:
        made = runner.run(provider.voices.create(draft(), ANN))
        child = os.fork()
        if child == 0:
            failed = 1
            try:
                again = asyncio.run(provider.voices.find(VoiceChoice(made.id), ANN))
                asyncio.run(provider.voices.create(draft("Child"), ANN))
                asyncio.run(provider.aclose())
                failed = 0 if again == made else 1
            finally:
                os._exit(failed)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        assert runner.run(provider.voices.find(VoiceChoice("Child"), ANN)).owner == "ann"
        runner.run(provider.voices.delete(made.id, ANN))
        runner.run(provider.aclose())
