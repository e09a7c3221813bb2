"""`myna change`: what becomes of recordings, and of those that cannot be changed."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from myna.cli.servers import Server
from myna.server.settings import Settings
from myna.speech.errors import EngineCrashed
from myna.testing.changing import Disguise
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import serve_here
from tests.cli import program
from tests.cli.program import DEADLINE, inside, said

RATE = 22050


def sound(seconds: float, rate: int = RATE) -> np.ndarray:
    return (np.sin(np.arange(round(seconds * rate)) * 0.2) * 9000).astype("<i2")


def record(name: str, seconds: float = 0.5, rate: int = RATE) -> Path:
    with wave.open(name, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(sound(seconds, rate).tobytes())
    return Path(name)


def heard(name: str) -> tuple[np.ndarray, int]:
    with wave.open(name) as file:
        assert file.getnchannels() == 1 and file.getsampwidth() == 2
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if source := os.environ.get("PYTHONPATH"):
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, source.split(os.pathsep))))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    """Changes voices in the place of this machine's engines, and knows Wren."""
    made = ScriptedProvider()
    monkeypatch.setattr(Server, "provider", lambda self: made)
    monkeypatch.setattr("myna.cli.voices.picked", lambda server, wanted, language: made.speakers[0].id)
    return made


def test_a_recording_becomes_a_file_named_after_it_and_the_voice(provider):
    record("talk.wav")
    result = inside("change", "talk.wav", "--voice", "Wren")
    assert (result.returncode, result.stdout) == (0, b""), said(result)
    assert said(result) == "talk-Wren.wav: 0:00 of talk.wav."
    assert sorted(os.listdir()) == ["talk-Wren.wav", "talk.wav"]
    changed, rate = heard("talk-Wren.wav")
    assert rate == RATE
    np.testing.assert_allclose(changed, -sound(0.5), atol=2)
    [request] = provider.conversions
    assert (request.voice.id, request.whole, request.format) == (provider.speakers[0].id, True, None)


def test_formats_by_name_and_by_option(provider):
    record("talk.wav")
    assert inside("change", "talk.wav", "-v", "Wren", "-o", "a.mp3", "-q").stderr == b""
    assert Path("a.mp3").read_bytes()[:3] == b"ID3" or Path("a.mp3").read_bytes()[0] == 0xFF
    options = ["--format", "raw", "--rate", "8000", "--encoding", "pcm_mulaw"]
    assert inside("change", "talk.wav", "-v", "Wren", "-o", "a.bin", *options).returncode == 0
    assert Path("a.bin").stat().st_size == pytest.approx(4000, abs=5)
    command = [sys.executable, "-c", SLOW.format(delay=0), "change", "talk.wav", "-v", "Ada", "-o", "-"]
    result = subprocess.run([*command, "--rate", "16000"], capture_output=True, timeout=DEADLINE)
    assert result.stdout[:4] == b"RIFF" and result.stderr == b""
    assert len(result.stdout) == pytest.approx(44 + 16000, abs=10)


def test_raw_audio_and_standard_input(provider):
    raw = sound(0.5, 8000).tobytes()
    options = ["--input-encoding", "pcm_s16le", "--input-rate", "8000", "--rate", "8000"]
    assert inside("change", "-", "-v", "Wren", *options, stdin=raw).returncode == 0
    np.testing.assert_allclose(heard("stdin-Wren.wav")[0], -sound(0.5, 8000), atol=2)


def test_several_go_into_a_folder_and_one_that_fails_does_no_harm(provider):
    for name in ("a.wav", "b.wav"):
        record(name)
    Path("c.wav").write_bytes(b"no sound at all")
    record("short.wav", 0.1)
    result = inside(
        "change", "c.wav", "a.wav", "nowhere.wav", "b.wav", "short.wav", "-v", "Wren", "-o", "out"
    )
    assert result.returncode == 1
    assert sorted(os.listdir("out")) == ["a.wav", "b.wav"]
    assert "error: c.wav: This is no recording" in said(result)
    assert "error: nowhere.wav: It does not exist" in said(result)
    assert "error: short.wav: The clip has only 0.10 s" in said(result)
    assert "a.wav: 0:00 of a.wav." in said(result)


def test_an_engine_that_dies_leaves_no_half_file_and_what_was_there_before(provider):
    crash = EngineCrashed("The engine crashed; try again.")
    provider.script = Script(disguise=Disguise(failure=(0.3, crash)))
    record("talk.wav")
    Path("a.wav").write_bytes(b"before")
    result = inside("change", "talk.wav", "-v", "Wren", "-o", "a.wav")
    assert result.returncode == 1
    assert said(result) == "error: talk.wav: The engine crashed; try again."
    assert Path("a.wav").read_bytes() == b"before"
    assert sorted(os.listdir()) == ["a.wav", "talk.wav"]


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "Missing option '--voice'"),
        (["-v", "Wren"], 2, "nothing to change"),
        (["talk.wav"], 2, "Missing option '--voice'"),
        (["talk.wav", "-v", "Wren", "-o", "talk.wav"], 2, "would take the place of talk.wav"),
        (["talk.wav", "b.wav", "-v", "Wren", "-o", "."], 2, "would take the place of talk.wav"),
        (["talk.wav", "b.wav", "-v", "Wren", "-o", "-"], 2, "only one recording"),
        (["talk.wav", "-v", "Wren", "-o", "no/such/a.wav"], 2, "there is no folder no/such"),
        (["talk.wav", "-v", "Wren", "-o", "a.txt"], 2, "does not say the format"),
        (["talk.wav", "-v", "Wren", "--rate", "7"], 2, "no sample rate 7"),
        (["talk.wav", "-v", "Wren", "--input-rate", "7"], 1, "4000 to 384000"),
        (["talk.wav", "-v", "Wren", "--encoding", "pcm_s32le"], 1, "encoding"),
        (["talk.wav", "-v", "Wren", "--live"], 2, "leave out files"),
        (["-", "-v", "Wren"], 2, "held nothing"),
        (["talk.wav", "-v", "Wren", "--base-url", "http://127.0.0.1:9"], 1, "the server runs"),
    ],
)
def test_what_cannot_be_is_one_clear_line(provider, arguments, status, words):
    record("talk.wav")
    record("b.wav")
    result = inside("change", *arguments)
    assert words in said(result)
    assert result.returncode == status, said(result)
    assert "Traceback" not in said(result) and result.stdout == b""
    assert sorted(os.listdir()) == ["b.wav", "talk.wav"]


def test_a_voice_that_does_not_exist_is_said_once():
    for name in ("a.wav", "b.wav"):
        record(name)
    result = inside("change", "a.wav", "b.wav", "-v", "Wrenn", "--data", "kept", "-o", "out")
    assert result.returncode == 1
    assert said(result).startswith("error: There is no voice 'Wrenn'; did you mean Wren")


async def test_a_server_changes_them_too(provider):
    record("talk.wav", 1.0)
    record("b.wav", 1.0)
    Path("c.wav").write_bytes(b"no sound at all")  # noqa: ASYNC240
    async with serve_here(ScriptedProvider(), Settings()) as server:
        arguments = ["change", "talk.wav", "c.wav", "b.wav", "-v", "Ada", "-o", "out"]
        result = await asyncio.to_thread(program.myna, *arguments, "--base-url", server.url)
        piped = [
            "change",
            "-",
            "-v",
            "Ada",
            "-o",
            "-",
            "--format",
            "raw",
            "--input-rate",
            "8000",
            "--rate",
            "8000",
        ]
        raw = sound(0.5, 8000).tobytes()
        other = await asyncio.to_thread(program.myna, *piped, "--base-url", server.url, stdin=raw)
    assert result.returncode == 1, said(result)
    assert "error: c.wav: This is no recording" in said(result)
    assert sorted(os.listdir("out")) == ["b.wav", "talk.wav"]
    np.testing.assert_allclose(heard("out/b.wav")[0], -sound(1.0), atol=2)
    np.testing.assert_allclose(np.frombuffer(other.stdout, "<i2"), -sound(0.5, 8000), atol=2)


SLOW = """
import sys
from myna.cli import main, voices
from myna.cli.servers import Server
from myna.testing.changing import Disguise
from myna.testing.provider import Script, ScriptedProvider
provider = ScriptedProvider(Script(disguise=Disguise(delay={delay})))
Server.provider = lambda self: provider
voices.picked = lambda *asked: provider.speakers[0].id
sys.exit(main(sys.argv[1:]))
"""


def test_ctrl_c_ends_it_at_once_and_leaves_no_half_file():
    record("a.wav", 60.0)
    command = [sys.executable, "-c", SLOW.format(delay=0.05), "change", "a.wav", "-v", "Ada", "-o", "out"]
    Path("out").mkdir()
    with subprocess.Popen(command, stderr=-1) as process:
        deadline = time.monotonic() + DEADLINE
        while not (Path("out").exists() and any(part.stat().st_size for part in Path("out").iterdir())):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.01)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
        assert time.monotonic() - began < 5
        assert process.stderr.read() == b""
    assert os.listdir("out") == []


def test_a_terminal_sees_true_progress():
    pty = pytest.importorskip("pty")
    record("a.wav", 2.0)
    record("b.wav", 1.0)
    leader, follower = pty.openpty()
    command = [
        sys.executable,
        "-c",
        SLOW.format(delay=0.02),
        "change",
        "a.wav",
        "b.wav",
        "-v",
        "Ada",
        "-o",
        "out",
    ]
    with subprocess.Popen(command, stdin=-3, stdout=-3, stderr=follower) as process:
        os.close(follower)
        seen = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while chunk := os.read(leader, 1 << 16):
                seen += chunk
        assert process.wait(DEADLINE) == 0
    os.close(leader)
    assert b"of 0:02" in seen
    assert b"1 of 2" in seen
