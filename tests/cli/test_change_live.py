"""`myna change --live`: what is said comes out in another voice while it is said."""

import io
import os
import re
import signal
import subprocess
import sys
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from myna.cli.lateness import Lateness
from myna.speech.errors import EngineCrashed
from myna.testing.changing import Disguise
from myna.testing.provider import Script, ScriptedProvider
from tests.cli.program import DEADLINE, inside, said
from tests.cli.test_change import sound


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if source := os.environ.get("PYTHONPATH"):
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, source.split(os.pathsep))))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> ScriptedProvider:
    """Changes voices in the place of this machine's engines."""
    made = ScriptedProvider()
    monkeypatch.setattr("myna.providers.local.LocalProvider", lambda **place: made)
    monkeypatch.setattr("myna.cli.voices.picked", lambda server, wanted, language: made.speakers[0].id)
    return made


def change(*arguments: str, stdin: bytes) -> subprocess.CompletedProcess[bytes]:
    return inside("change", "--live", "-v", "Ada", *arguments, stdin=stdin)


def test_raw_audio_goes_in_and_comes_out(provider):
    result = change(stdin=sound(1.0, 16000).tobytes())
    assert result.returncode == 0, said(result)
    np.testing.assert_allclose(np.frombuffer(result.stdout, "<i2"), -sound(1.0, 16000), atol=1)
    assert re.fullmatch(r"1\.0 s changed.*", said(result))
    format = provider.changings[0].request.format
    assert (format.encoding, format.sample_rate) == ("pcm_s16le", 16000)


def test_what_comes_in_and_what_goes_out_can_be_chosen(provider):
    samples = sound(0.5, 8000)
    asked = ["--encoding", "pcm_f32le", "--rate", "8000", "--quiet"]
    result = change(*asked, stdin=(samples / 32768).astype("<f4").tobytes())
    np.testing.assert_allclose(np.frombuffer(result.stdout, "<f4") * 32768, -samples, atol=1)
    assert result.stderr == b""
    asked = [
        "--input-rate",
        "8000",
        "--rate",
        "16000",
        "--encoding",
        "pcm_mulaw",
        "--input-encoding",
        "pcm_s16le",
    ]
    assert len(change(*asked, stdin=samples.tobytes()).stdout) == pytest.approx(8000, abs=1)
    odd = change("--input-rate", "11025", "--input-encoding", "pcm_s32le", stdin=bytes(4 * 11025))
    assert len(odd.stdout) == pytest.approx(2 * 16000, abs=4)


def test_a_wav_header_tells_its_format(provider):
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(sound(0.5, 8000).tobytes())
    result = change(stdin=buffer.getvalue())
    np.testing.assert_allclose(np.frombuffer(result.stdout, "<i2"), -sound(0.5, 8000), atol=1)


def test_an_engine_that_dies_is_an_error_after_what_it_changed(provider):
    provider.script = Script(
        disguise=Disguise(failure=(0.5, EngineCrashed("The engine crashed; try again.")))
    )
    result = change(stdin=sound(1.0, 16000).tobytes())
    assert result.returncode == 1
    assert len(result.stdout) >= 16000
    assert "The engine crashed; try again." in said(result)


@pytest.mark.parametrize(
    ("arguments", "stdin", "status", "words"),
    [
        ([], b"", 2, "held no audio"),
        (["talk.wav"], b"..", 2, "leave out files"),
        (["--rate", "7"], b"..", 2, "Nothing goes out at 7 Hz"),
        (["--encoding", "pcm_s32le"], b"..", 2, "Nothing goes out as pcm_s32le"),
        (["--input-rate", "7"], b"..", 1, "4000 to 384000"),
        (["--base-url", "http://127.0.0.1:9"], b"..", 1, "127.0.0.1:9"),
    ],
)
def test_what_cannot_be_is_one_clear_line(provider, arguments, stdin, status, words):
    result = change(*arguments, stdin=stdin)
    assert result.returncode == status, said(result)
    assert words in said(result)
    assert "Traceback" not in said(result) and result.stdout == b""


def test_what_waits_for_the_beginning_does_not_count_as_late(monkeypatch):
    now = 0.0
    monkeypatch.setattr("myna.cli.lateness.perf_counter", lambda: now)
    lateness = Lateness()
    for _ in range(10):
        lateness.came(0.1)
        now += 0.1
    lateness.out(1.0)
    for _ in range(100):
        lateness.came(0.1)
        now += 0.1
        lateness.out(0.1)
    assert lateness.share(1.0) == 100
    assert "the first came back after 1.0 s" in lateness.told()


def test_lateness_is_that_of_each_piece(monkeypatch):
    now = 0.0
    monkeypatch.setattr("myna.cli.lateness.perf_counter", lambda: now)
    lateness = Lateness()
    for _ in range(100):
        lateness.came(0.1)
        now += 0.1
        lateness.out(0.05)
        lateness.out(0.05)
    assert lateness.seconds == pytest.approx(10.0)
    assert lateness.share(0.5) == lateness.share(1.0) == 100
    late = "100 ms late (95 % within 100 ms, all within 100 ms)"
    assert lateness.told() == f"10.0 s changed; the first came back after 0.1 s, then {late}."
    lateness.came(90.0)
    lateness.out(90.0)
    assert lateness.told() == "100.0 s changed in 10.0 s, 10.0 times as fast as it is said."


PROGRAM = """
import sys
import myna.providers.local
from myna.cli import main, voices
from myna.testing.provider import ScriptedProvider
provider = ScriptedProvider()
myna.providers.local.LocalProvider = lambda **place: provider
voices.picked = lambda *asked: provider.speakers[0].id
sys.exit(main(["change", "--live", "-v", "Ada", *sys.argv[1:]]))
"""


def start() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM], stdin=-1, stdout=-1, stderr=-1)


def test_it_comes_at_once_and_ctrl_c_lets_the_rest_come():
    piece = sound(0.5, 16000).tobytes()
    with start() as process:
        process.stdin.write(piece)
        process.stdin.flush()
        assert len(process.stdout.read(len(piece))) == len(piece)
        process.stdin.write(piece)
        process.stdin.flush()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        rest, stderr = process.communicate(timeout=DEADLINE)
    assert (process.returncode, len(rest)) == (0, len(piece)), stderr
    assert b"1.0 s changed" in stderr


def test_a_reader_that_goes_away_is_no_drama():
    piece = sound(0.5, 16000).tobytes()
    with start() as process:
        process.stdin.write(piece)
        process.stdin.flush()
        process.stdout.read(1000)
        process.stdout.close()
        with pytest.raises(BrokenPipeError):
            for _ in range(1000):
                os.write(process.stdin.fileno(), piece)
        assert process.wait(DEADLINE) != 0
        assert process.stderr.read() == b""


def test_a_reader_that_is_slow_loses_nothing_and_ctrl_c_twice_ends_it():
    audio = sound(20.0, 16000).tobytes()
    with start() as process:
        got, deadline = b"", time.monotonic() + DEADLINE
        os.set_blocking(process.stdin.fileno(), False)
        left = memoryview(audio)
        while len(got) < len(audio) // 2 and time.monotonic() < deadline:
            left = left[process.stdin.raw.write(left[: 1 << 16]) or 0 :]
            got += process.stdout.read1(1 << 12)
        np.testing.assert_allclose(
            np.frombuffer(got[: len(got) // 2 * 2], "<i2"), -sound(20.0, 16000)[: len(got) // 2], atol=1
        )
        for _ in range(2):
            time.sleep(0.3)
            process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
        process.stdin.close()


SOUND_SYSTEM = """
import threading
import numpy as np

class PortAudioError(Exception): ...

class RawInputStream:
    def __init__(self, samplerate, channels, dtype, blocksize, callback):
        assert (samplerate, channels, dtype, blocksize) == (16000, 1, "int16", 320)
        self.callback = callback
    def start(self):
        threading.Thread(target=self.record, daemon=True).start()
    def record(self):
        for _ in range(100):
            self.callback(memoryview(np.full(320, 8192, "<i2").tobytes()), 0, None, None)
    def abort(self): ...
    def close(self): ...

class OutputStream:
    def __init__(self, samplerate, channels, dtype, latency):
        assert latency == "low"
        self.played = 0
    def start(self): ...
    def write(self, samples):
        assert abs(float(samples[len(samples) // 2, 0]) + 0.25) < 0.01
        self.played += len(samples)
        if self.played > 22050 * 1.8:
            open("played", "w").write(str(self.played))
    def stop(self): ...
    def abort(self): ...
    def close(self): ...
"""


def test_microphone_to_loudspeaker():
    pty = pytest.importorskip("pty")
    Path("sounddevice.py").write_text(SOUND_SYSTEM)
    leader, follower = pty.openpty()
    path = os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")]))
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        stdin=follower, stdout=follower, stderr=-1, env={**os.environ, "PYTHONPATH": path},
    ) as process:  # fmt: skip
        deadline = time.monotonic() + DEADLINE
        while not Path("played").exists():
            assert time.monotonic() < deadline and process.poll() is None, process.stderr.read()
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=DEADLINE)
    os.close(leader), os.close(follower)
    assert process.returncode == 0, stderr
    assert b"Ctrl-C ends" in stderr and b"s changed" in stderr
