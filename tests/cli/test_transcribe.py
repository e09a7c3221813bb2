"""`myna transcribe`: what becomes of files, and of those that cannot be heard."""

import json
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
from myna.speech.errors import EngineCrashed, InvalidRequest, ModelNotFound
from myna.testing.listening import Hearsay
from myna.testing.provider import Script, ScriptedProvider
from tests.cli.program import DEADLINE, inside, said

HEARSAY = Hearsay(("Hello", "there.", "Who", "is", "it?"))
"""One word for each fifth of a second of sound."""


def tone(words: int, rest: float = 1.0, rate: int = 16000) -> bytes:
    """Sound in which a scripted listener hears so many words, and silence after it."""
    sound = np.full(round(words * 0.2 * rate), 0.5) * np.resize([1, -1], round(words * 0.2 * rate))
    samples = np.concatenate([sound, np.zeros(round(rest * rate))])
    return (samples * 32767).astype("<i2").tobytes()


def record(path: Path | str, *words: int, rate: int = 16000) -> Path:
    """A recording of sentences of so many words."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(b"".join(tone(count, rate=rate) for count in words))
    return Path(path)


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    """Listens in the place of this machine's engines."""
    provider = ScriptedProvider(Script(hearsay=HEARSAY, models=frozenset({"ink-whisper"})))
    monkeypatch.setattr(Server, "provider", lambda self: provider)
    return provider


def test_a_file_becomes_a_line_of_text(provider):
    record("a.wav", 2, 3)
    result = inside("transcribe", "a.wav")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"Hello there. Who is it?\n", b"")


def test_json_has_words_language_and_length(provider):
    record("a.wav", 2)
    fields = json.loads(inside("transcribe", "a.wav", "--format", "json", "-l", "German").stdout)
    assert fields == {
        "file": "a.wav",
        "text": "Hello there.",
        "language": "de",
        "duration": pytest.approx(1.4),
        "words": [
            {"word": "Hello", "start": pytest.approx(0.0, abs=0.01), "end": pytest.approx(0.2)},
            {"word": "there.", "start": pytest.approx(0.2), "end": pytest.approx(0.4)},
        ],
    }


def test_subtitles_by_option_and_by_the_name_of_the_output(provider):
    record("a.wav", 2, 3)
    srt = inside("transcribe", "a.wav", "--format", "srt").stdout.decode()
    assert srt.startswith("1\n00:00:00,000 --> 00:00:01,000\nHello there.\n\n2\n00:00:01,")
    assert inside("transcribe", "a.wav", "-o", "a.vtt").stdout == b""
    assert Path("a.vtt").read_text().startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHello there.\n")


def test_words_by_themselves(provider):
    record("a.wav", 2)
    lines = inside("transcribe", "a.wav", "--words").stdout.decode().splitlines()
    assert lines == ["0.00\t0.20\tHello", "0.20\t0.40\tthere."]
    assert inside("transcribe", "a.wav", "--words", "--format", "srt").stdout.count(b"-->") == 2


def test_several_files_come_in_the_order_of_the_arguments_with_their_names(provider, monkeypatch):
    record("long.wav", *[2] * 8)
    record("short.wav", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    result = inside("transcribe", "long.wav", "short.wav")
    heads = [line for line in result.stdout.decode().splitlines() if line.startswith("==>")]
    assert heads == ["==> long.wav <==", "==> short.wav <=="]
    as_json = inside("transcribe", "short.wav", "long.wav", "-f", "json").stdout.decode().splitlines()
    assert [json.loads(line)["file"] for line in as_json] == ["short.wav", "long.wav"]


def test_a_folder_takes_a_file_for_each(provider):
    for folder in ("one", "two"):
        Path(folder).mkdir()
    files = [record("one/a.wav", 1), record("two/a.wav", 1), record("b.wav", 1), record("b.x.wav", 1)]
    result = inside("transcribe", *files, "-o", "out", "-f", "text")
    assert result.returncode == 0, said(result)
    assert result.stdout == b""
    assert sorted(os.listdir("out")) == ["a.wav-2.txt", "a.wav.txt", "b.txt", "b.x.txt"]
    assert "b.txt: 0:01 of b.wav." in said(result)


def test_one_that_cannot_be_heard_does_no_harm_to_the_others(provider):
    record("a.wav", 2)
    Path("b.wav").write_bytes(b"no sound at all")
    Path("folder.wav").mkdir()
    result = inside("transcribe", "b.wav", "a.wav", "nowhere.wav", "folder.wav")
    assert result.returncode == 1
    assert b"==> a.wav <==\nHello there.\n" in result.stdout
    assert result.stdout.count(b"==>") == 1
    assert "error: b.wav: This is no recording that can be read" in said(result)
    assert "error: nowhere.wav: It does not exist" in said(result)
    assert "error: folder.wav: It is not a file" in said(result)


def test_an_engine_that_dies_is_told_with_the_file(provider, monkeypatch):
    crash = EngineCrashed("The engine crashed; try again.")
    provider.script = Script(hearsay=Hearsay(failures={3: crash}))
    record("a.wav", 5)
    record("b.wav", 2)
    result = inside("transcribe", "a.wav", "b.wav", "-o", "out/")
    assert result.returncode == 1
    assert "error: a.wav: The engine crashed" in said(result)
    assert os.listdir("out") == ["b.txt"]


@pytest.mark.parametrize(
    "error",
    [ModelNotFound("There is no model 'ear'; use ink-whisper."), InvalidRequest("Only English; use en.")],
)
def test_what_is_wrong_with_all_is_said_once(provider, monkeypatch, error):
    async def refuse(request):
        raise error
        yield

    monkeypatch.setattr(provider, "transcribe", refuse)
    result = inside("transcribe", *(record(f"{i}.wav", 1) for i in range(5)))
    assert result.returncode == 1
    assert said(result) == f"error: {error.message}"


def test_raw_audio_and_standard_input(provider):
    Path("a.raw").write_bytes(tone(2, rate=8000))
    result = inside("transcribe", "a.raw", "--encoding", "pcm_s16le", "--rate", "8000")
    assert result.stdout == b"Hello there.\n", said(result)
    result = inside("transcribe", "-", "-f", "json", "--rate", "16000", stdin=tone(2))
    assert json.loads(result.stdout)["file"] == "standard input"
    assert json.loads(result.stdout)["duration"] == pytest.approx(1.4)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 2, "Missing argument"),
        (["-", "-"], 2, "only once"),
        (["-"], 2, "held nothing"),
        (["a.wav", "-o", "no/such/a.txt"], 2, "there is no folder no/such"),
        (["a.wav", "b.wav", "-o", "a.wav"], 2, "several files need a folder"),
        (["a.wav", "--language", "no such language"], 1, "language"),
        (["a.wav", "--encoding", "mp3"], 2, "--encoding"),
        (["a.wav", "--rate", "7"], 1, "4000 to 384000"),
        (["a.wav", "--format", "pdf"], 2, "--format"),
        (["a.wav", "--base-url", "http://127.0.0.1:9"], 1, "the server runs"),
        (["a.wav", "--base-url", "http://127.0.0.1:9", "-k", "Wren"], 2, "--keyterm"),
    ],
)
def test_what_cannot_be_is_one_clear_line(provider, arguments, status, words):
    record("a.wav", 1)
    record("b.wav", 1)
    result = inside("transcribe", *arguments)
    assert result.returncode == status, said(result)
    assert words in said(result)
    assert "Traceback" not in said(result)
    assert result.stdout == b""
    assert sorted(os.listdir()) == ["a.wav", "b.wav"]


def test_a_transcript_replaces_a_file_as_a_whole_and_writes_to_devices(provider):
    record("a.wav", 2)
    Path("a.txt").write_text("what was there before, and longer than that\n")
    assert inside("transcribe", "a.wav", "-o", "a.txt", "-q").stderr == b""
    assert Path("a.txt").read_text() == "Hello there.\n"
    assert inside("transcribe", "a.wav", "-o", os.devnull).returncode == 0
    assert Path(os.devnull).is_char_device()


SLOW = """
import sys
from myna.cli import main
from myna.cli.servers import Server
from myna.testing.listening import Hearsay
from myna.testing.provider import Script, ScriptedProvider
Server.provider = lambda self: ScriptedProvider(Script(hearsay=Hearsay(delay={delay})))
sys.exit(main(sys.argv[1:]))
"""


def test_ctrl_c_ends_it_at_once_and_leaves_no_half_file():
    record("a.wav", *[2] * 50)
    program = [sys.executable, "-c", SLOW.format(delay=0.1), "transcribe", "a.wav", "-", "-o", "out"]
    with subprocess.Popen(program, stdin=-1, stderr=-1) as process:
        process.stdin.write(Path("a.wav").read_bytes())
        process.stdin.close()
        deadline = time.monotonic() + DEADLINE
        while not Path("out").exists():
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.01)
        time.sleep(0.5)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
        assert time.monotonic() - began < 5
        assert process.stderr.read() == b""
    assert os.listdir("out") == []


def test_a_terminal_sees_true_progress():
    pty = pytest.importorskip("pty")
    record("a.wav", *[2] * 10)
    record("b.wav", 2)
    leader, follower = pty.openpty()
    program = [sys.executable, "-c", SLOW.format(delay=0.02), "transcribe", "a.wav", "b.wav"]
    with subprocess.Popen(program, stdin=-3, stdout=-3, stderr=follower) as process:
        os.close(follower)
        seen = b""
        while chunk := _read(leader):
            seen += chunk
        assert process.wait(DEADLINE) == 0
    os.close(leader)
    assert b"a.wav" in seen
    assert b"of 0:14" in seen
    assert b"1 of 2" in seen


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 1 << 16)
    except OSError:  # the other end is closed
        return b""
