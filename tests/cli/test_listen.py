"""`myna listen`: what is said is told while it is said."""

import asyncio
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path
from types import ModuleType

import pytest

from myna.cli import listen, live
from myna.cli.microphone import Microphone
from myna.speech.errors import EngineCrashed, NotOffered
from myna.testing.listening import Hearsay
from myna.testing.provider import Script, ScriptedProvider
from tests.cli.program import DEADLINE, inside, said
from tests.cli.test_transcribe import HEARSAY, tone


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if source := os.environ.get("PYTHONPATH"):
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, source.split(os.pathsep))))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    """Listens in the place of this machine's engines."""
    made = ScriptedProvider(Script(hearsay=HEARSAY))
    monkeypatch.setattr("myna.providers.local.LocalProvider", lambda **place: made)
    return made


def test_what_is_final_is_a_line(provider):
    result = inside("listen", "-", stdin=tone(2) + tone(3, rest=0.2))
    assert (result.returncode, result.stdout, result.stderr) == (0, b"Hello there.\nWho is it?\n", b"")
    assert provider.listenings[0].request.endpointing.max_silence_seconds == pytest.approx(0.8)


def test_a_pipe_needs_no_dash_and_a_wav_file_tells_its_format(provider):
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(tone(2, rate=8000))
    assert inside("listen", stdin=buffer.getvalue()).stdout == b"Hello there.\n"
    assert provider.listenings[0].request.format.sample_rate == 8000
    assert provider.listenings[0].seconds == pytest.approx(1.4)


def test_what_is_asked_for_reaches_the_engine(provider):
    arguments = ["-l", "German", "-k", "Wren", "-k", "Otis", "-m", "sphinx", "--encoding", "pcm_mulaw"]
    for more in ([], ["--turns"]):
        assert inside("listen", "-", *arguments, "--rate", "8000", *more, stdin=b"\xff" * 800).returncode == 0
    for listening in provider.listenings:
        request = listening.request
        assert (request.model, request.language, request.keyterms) == ("sphinx", "de", ("Wren", "Otis"))
        assert (request.format.encoding, request.format.sample_rate) == ("pcm_mulaw", 8000)


def test_json_tells_every_event(provider):
    lines = inside("listen", "-", "-f", "json", stdin=tone(2)).stdout.decode().splitlines()
    events = [json.loads(line) for line in lines]
    assert [event["type"] for event in events] == ["transcript"] * (len(events) - 1) + ["done"]
    assert "".join(event["text"] for event in events[:-1] if event["is_final"]) == "Hello there."
    assert any(not event["is_final"] for event in events[:-1])
    assert all("request_id" not in event for event in events)


def test_turns(provider):
    result = inside("listen", "-", "--turns", stdin=tone(2) + tone(3))
    assert result.stdout == b"Hello there.\nWho is it?\n"
    lines = inside("listen", "-", "--turns", "-f", "json", stdin=tone(2)).stdout.decode().splitlines()
    kinds = [json.loads(line)["type"] for line in lines]
    assert kinds[:2] == ["connected", "turn.start"]
    assert kinds[-2:] == ["turn.eager_end", "turn.end"]


def test_an_engine_that_dies_is_an_error_after_what_was_final(provider):
    provider.script = Script(hearsay=Hearsay(failures={3: EngineCrashed("The engine crashed; try again.")}))
    result = inside("listen", "-", stdin=tone(2) + tone(3))
    assert result.returncode == 1
    assert result.stdout == b"the quick\n"
    assert "The engine crashed; try again." in said(result)


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "words"),
    [
        (["-"], b"", 2, "held no audio"),
        (["talk.mp3"], b"", 2, "use `myna transcribe talk.mp3`"),
        (["-", "--language", "no such language"], b"..", 1, "language"),
        (["-", "--rate", "7"], b"..", 1, "4000 to 384000"),
        (["-", "--base-url", "http://127.0.0.1:9"], b"..", 1, "127.0.0.1:9"),
    ],
)
def test_what_cannot_be_is_one_clear_line(provider, arguments, stdin, status, words):
    result = inside("listen", *arguments, stdin=stdin)
    assert result.returncode == status, said(result)
    assert words in said(result)
    assert "Traceback" not in said(result)
    assert result.stdout == b""


@pytest.mark.parametrize(("turns", "sign"), [(False, "finalize"), (True, {"type": "config", "turn": {}})])
async def test_a_source_that_rests_is_still_there(monkeypatch, turns, sign):
    monkeypatch.setattr(live, "REST", 0.05)
    sent = []

    class Resting:
        async def audio(self):
            yield b"before"
            await asyncio.sleep(0.13)
            yield b"after"

    class Connection:
        async def send_raw(self, audio):
            sent.append(audio)

        async def send(self, command):
            sent.append(command)

    await listen._feed(Connection(), Resting(), turns, asyncio.Event())
    assert (sent[0], sent[1], sent[-2:]) == (b"before", sign, [b"after", "close"])


PROGRAM = """
import sys
import myna.providers.local
from myna.cli import main
from myna.testing.provider import ScriptedProvider
myna.providers.local.LocalProvider = lambda **place: ScriptedProvider()
sys.exit(main(sys.argv[1:]))
"""


def test_finals_come_at_once_and_ctrl_c_makes_the_rest_final():
    program = [sys.executable, "-c", PROGRAM, "listen", "-"]
    with subprocess.Popen(program, stdin=-1, stdout=-1, stderr=-1) as process:
        process.stdin.write(tone(2))
        process.stdin.flush()
        assert _line(process) == b"the quick\n"
        process.stdin.write(tone(1, rest=0.1))
        process.stdin.flush()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        rest, stderr = process.communicate(timeout=DEADLINE)
    assert (process.returncode, rest, stderr) == (0, b"brown\n", b"")


def test_a_reader_that_goes_away_is_no_drama():
    program = [sys.executable, "-c", PROGRAM, "listen", "-"]
    with subprocess.Popen(program, stdin=-1, stdout=-1, stderr=-1) as process:
        process.stdin.write(tone(2))
        process.stdin.flush()
        assert _line(process) == b"the quick\n"
        process.stdout.close()
        process.stdin.write(tone(2))
        process.stdin.flush()
        assert process.wait(DEADLINE) != 0
        assert process.stderr.read() == b""


def test_a_terminal_sees_what_may_still_change():
    pty = pytest.importorskip("pty")
    leader, follower = pty.openpty()
    program = [sys.executable, "-c", PROGRAM, "listen", "-"]
    with subprocess.Popen(program, stdin=-1, stdout=-1, stderr=follower) as process:
        os.close(follower)
        output, _ = process.communicate(tone(3), timeout=DEADLINE)
    seen = _everything(leader)
    assert output == b"the quick brown\n"
    shown = re.findall(r"\x1b\[2m(.*?)\x1b\[0m", seen.decode())
    assert shown == ["the", "the quick", "the quick brown"][-len(shown) :]
    assert shown
    assert seen.endswith(b"\r\x1b[K")


MICROPHONE = """
import threading, sys
sys.path.insert(0, {tests!r})
from tests.cli.test_transcribe import tone

class PortAudioError(Exception): ...

class RawInputStream:
    def __init__(self, samplerate, channels, dtype, blocksize, callback):
        if samplerate != 48000:
            raise PortAudioError("Invalid sample rate")
        assert (channels, dtype) == (1, "int16")
        self.block, self.callback = blocksize * 2, callback
    def start(self):
        threading.Thread(target=self.record, daemon=True).start()
    def record(self):
        audio = tone(2, rate=48000)
        for start in range(0, len(audio), self.block):
            self.callback(memoryview(audio[start : start + self.block]), 0, None, None)
    def abort(self): ...
    def close(self): ...
"""


def test_the_microphone_is_heard_at_a_rate_that_it_has():
    pty = pytest.importorskip("pty")
    Path("sounddevice.py").write_text(MICROPHONE.format(tests=str(Path(__file__).parents[2])))
    leader, follower = pty.openpty()
    path = os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")]))
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "listen"],
        stdin=follower, stdout=-1, stderr=-1, env={**os.environ, "PYTHONPATH": path},
    ) as process:  # fmt: skip
        assert _line(process) == b"the quick\n"
        process.send_signal(signal.SIGINT)
        rest, stderr = process.communicate(timeout=DEADLINE)
    os.close(leader), os.close(follower)
    assert (process.returncode, rest) == (0, b""), stderr
    assert b"Ctrl-C ends" in stderr


def test_without_a_microphone_it_says_what_else_can_be_done(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(NotOffered, match=r"There is no sound system here .*pipe audio in instead"):
        Microphone()
    module = ModuleType("sounddevice")

    def refuse(**how):
        raise ValueError("no default input device")

    module.PortAudioError, module.RawInputStream = OSError, refuse
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    with pytest.raises(NotOffered, match=r"no microphone here \(no default input device\); pipe"):
        Microphone()


def _line(process: subprocess.Popen[bytes]) -> bytes:
    ready, _, _ = select.select([process.stdout], [], [], DEADLINE)
    assert ready, "nothing was heard"
    line: bytes = process.stdout.readline()
    return line


def _everything(leader: int) -> bytes:
    seen = b""
    while True:
        try:
            chunk = os.read(leader, 1 << 16)
        except OSError:  # the other end is closed
            chunk = b""
        if not chunk:
            os.close(leader)
            return seen
        seen += chunk
