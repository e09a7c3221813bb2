from __future__ import annotations

import re
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import huggingface_hub.constants
import numpy as np
import pytest
from numpy.typing import NDArray

from myna.engines.whisper import models, recognizer
from myna.speech.errors import EngineError
from tests.engines.whisper.test_recognizer import text

REVISION = "0123456789abcdef0123456789abcdef01234567"


def cached(cache: Path, repository: str, model: Path) -> None:
    """Lay a model into a cache as the hub's library does."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(REVISION)
    shutil.copytree(model, folder / "snapshots" / REVISION)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache, empty."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Note and refuse each look for another machine."""
    asked: list[object] = []

    def refuse(host: object, *rest: object, **more: object) -> None:
        asked.append(host)
        raise socket.gaierror(f"tests stay on this machine: {host!r}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    return asked


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("tiny", "Systran/faster-whisper-tiny"),
        (None, "Systran/faster-whisper-base"),
        ("Some/body", "Some/body"),
    ],
)
def test_names_are_looked_up_in_the_cache(
    cache: Path, model: Path, name: str | None, repository: str, no_network: list[object],
    noise: NDArray[np.float32],
) -> None:  # fmt: skip
    cached(cache, repository, model)
    whisper = recognizer.load(name)
    assert text(whisper.transcribe(noise, "en", ())) == "Hello from Myna."
    assert not no_network


@pytest.mark.parametrize("name", ["small", "Systran/faster-whisper-small", "No/body"])
def test_a_model_that_is_not_here_says_both_ways(cache: Path, name: str, no_network: list[object]) -> None:
    with pytest.raises(EngineError) as raised:
        recognizer.load(name)
    assert re.search(
        rf"{name}.* not on this machine: name its folder.*MYNA_ALLOW_DOWNLOADS=1", str(raised.value)
    )
    assert not no_network


@pytest.mark.parametrize(
    "name", ["smal", "/no/such/folder", "./model", "a/b/c", "../no-such", "~/nothing", "", " ", "a\0b"]
)
def test_what_is_no_name_is_told_what_is(cache: Path, name: str, no_network: list[object]) -> None:
    with pytest.raises(
        EngineError, match=r"There is no Whisper model .*a folder that exists.*tiny\.en, tiny, "
    ):
        models.locate(name)
    assert not no_network


@pytest.mark.parametrize("name", ["a/..", "--/--", "a/b:c", "a/" + "b" * 200])
def test_what_cannot_be_a_repository_is_refused(cache: Path, name: str, no_network: list[object]) -> None:
    with pytest.raises(EngineError, match=r"There is no Whisper model|The hub has no Whisper model"):
        models.locate(name)
    assert not no_network


@pytest.mark.parametrize("value", ["", "0", "yes"])
def test_only_one_value_lets_models_be_fetched(
    cache: Path, monkeypatch: pytest.MonkeyPatch, value: str, no_network: list[object]
) -> None:
    monkeypatch.setenv(models.DOWNLOADS, value)
    with pytest.raises(EngineError, match="not on this machine"):
        models.locate("tiny")
    assert not no_network


def test_fetching_that_fails_says_why(
    cache: Path, monkeypatch: pytest.MonkeyPatch, no_network: list[object]
) -> None:
    monkeypatch.setenv(models.DOWNLOADS, "1")
    with pytest.raises(
        EngineError, match=r"could not be fetched: .* Look after the connection, or name the folder"
    ):
        models.locate("tiny")
    assert no_network


def test_what_is_fetched_is_heard_with(
    cache: Path, model: Path, monkeypatch: pytest.MonkeyPatch, noise: NDArray[np.float32]
) -> None:
    asked: list[tuple[str, bool]] = []

    def fetch(repository: str, *, local_files_only: bool, **more: object) -> str:
        asked.append((repository, local_files_only))
        return str(model)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fetch)
    monkeypatch.setenv(models.DOWNLOADS, "1")
    assert text(recognizer.load("tiny").transcribe(noise, "en", ())) == "Hello from Myna."
    assert asked == [("Systran/faster-whisper-tiny", False)]


def first(size: int) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(path.read_bytes()[:size])


@pytest.mark.parametrize(
    ("name", "breaking", "said"),
    [
        ("model.bin", Path.unlink, "has no model.bin: convert the model"),
        ("config.json", Path.unlink, "has no config.json: convert the model"),
        ("tokenizer.json", Path.unlink, "has no tokenizer.json: copy the one"),
        ("vocabulary.json", Path.unlink, "cannot be used: .*vocabulary"),
        ("model.bin", first(0), "cannot be used: .*incomplete"),
        ("model.bin", first(900_000), "cannot be used: .*Convert or fetch it again"),
        ("model.bin", lambda path: path.write_bytes(b"\6\0\0\0\xff\xff" + bytes(90_000)), "cannot be used"),
        ("config.json", lambda path: path.write_text("{{"), "cannot be used: .*parse error"),
        ("tokenizer.json", lambda path: path.write_text("{}"), "cannot be used: "),
        ("tokenizer.json", lambda path: path.write_text("nonsense"), "cannot be used: "),
        ("vocabulary.json", lambda path: path.write_text('["a"]'), "cannot be used: "),
        (
            "preprocessor_config.json",
            lambda path: path.write_text('{"feature_size": 128}'),
            "cannot be used: .*80",
        ),
        (
            "preprocessor_config.json",
            lambda path: path.write_text('{"feature_size": "x"}'),
            "cannot be used: ",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "." in value[:24] else "",
)
def test_a_folder_that_is_broken_is_an_error_and_no_harm(
    model: Path, tmp_path: Path, name: str, breaking: Callable[[Path], object], said: str,
    noise: NDArray[np.float32], no_network: list[object],
) -> None:  # fmt: skip
    broken = tmp_path / "broken"
    shutil.copytree(model, broken)
    breaking(broken / name)
    with pytest.raises(EngineError, match=said) as raised:
        recognizer.load(str(broken))
    assert "\n" not in str(raised.value)
    assert text(recognizer.load(str(model)).transcribe(noise, "en", ())) == "Hello from Myna."
    assert not no_network
