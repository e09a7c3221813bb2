"""`myna say`, run as people run it."""

import os
import pty
import re
import select
import signal
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import pytest

from tests.cli.program import COMMAND, DEADLINE, inside, myna, said
from tests.sound import of_file, of_raw, of_wav, pitch, rms, wav_header

TEXT = "Hello there. This is a small test of speech, and it goes on for a while."
LONG = "It was the best of times, it was the worst of times. " * 80


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if source := os.environ.get("PYTHONPATH"):
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, source.split(os.pathsep))))
    monkeypatch.chdir(tmp_path)


def test_a_text_becomes_a_wav_file_with_true_sizes():
    result = myna("say", TEXT, "-o", "hello.wav")
    assert result.returncode == 0, said(result)
    data = Path("hello.wav").read_bytes()
    sound = of_wav(data)
    assert wav_header(data).encoding == "pcm_s16le"
    assert sound.rate == 22050
    assert 3 < sound.duration < 9
    assert rms(sound) > 0.02
    assert "hello.wav" in said(result)
    assert result.stdout == b""


@pytest.mark.parametrize("encoding", ["pcm_f32le", "pcm_mulaw", "pcm_alaw"])
def test_other_encodings_and_rates(encoding):
    assert inside("say", "Hello.", "-o", "a.wav", "--encoding", encoding, "--rate", "8000").returncode == 0
    data = Path("a.wav").read_bytes()
    assert wav_header(data).encoding == encoding
    assert of_wav(data).rate == 8000


def test_mp3_and_raw_by_extension_and_by_option():
    assert inside("say", TEXT, "-o", "a.mp3", "--bit-rate", "64000").returncode == 0
    mp3 = of_file(Path("a.mp3").read_bytes())
    assert inside("say", TEXT, "-o", "b.bin", "--format", "raw", "--rate", "16000").returncode == 0
    raw = of_raw(Path("b.bin").read_bytes(), "pcm_s16le", 16000)
    assert mp3.duration == pytest.approx(raw.duration, abs=0.2)
    assert rms(mp3) > 0.02


def test_without_a_name_it_is_called_speech():
    result = myna("say", "Hello.")
    assert result.returncode == 0
    assert of_wav(Path("speech.wav").read_bytes()).duration > 0.2


def test_a_pipe_and_a_dash_and_a_file_are_read():
    Path("text.txt").write_text("\ufeff" + TEXT, "utf-8")
    assert myna("say", "-o", "pipe.wav", stdin=TEXT).returncode == 0
    assert myna("say", "-", "-o", "dash.wav", stdin=TEXT).returncode == 0
    assert myna("say", "--file", "text.txt", "-o", "file.wav").returncode == 0
    durations = [of_wav(Path(name).read_bytes()).duration for name in ("pipe.wav", "dash.wav", "file.wav")]
    assert max(durations) - min(durations) < 0.1


def test_standard_output_takes_the_audio_and_nothing_else():
    result = myna("say", TEXT, "-o", "-")
    assert result.returncode == 0
    assert of_wav(result.stdout, streamed=True).duration > 3


def test_a_reader_that_goes_away_is_no_drama():
    with subprocess.Popen([*COMMAND, "say", LONG, "-o", "-"], stdout=-1, stderr=-1, stdin=-3) as process:
        process.stdout.read(1000)
        process.stdout.close()
        stderr = process.stderr.read()
        assert process.wait(DEADLINE) != 0
    assert b"Traceback" not in stderr
    assert b"Exception" not in stderr


def test_a_voice_by_name_speed_and_emotion_are_heard():
    assert inside("say", TEXT, "--voice", "otis", "-m", "espeak", "-o", "low.wav").returncode == 0
    assert inside("say", TEXT, "-v", "MIO", "-m", "espeak", "-o", "high.wav").returncode == 0
    assert (
        inside("say", TEXT, "-v", "Mio", "-m", "espeak", "--speed", "1.5", "-o", "fast.wav").returncode == 0
    )
    assert (
        inside("say", TEXT, "-v", "Mio", "-m", "espeak", "--emotion", "sad", "-o", "sad.wav").returncode == 0
    )
    low, high, fast, sad = [
        of_wav(Path(f"{name}.wav").read_bytes()) for name in ("low", "high", "fast", "sad")
    ]
    assert pitch(low) < 100 < 200 < pitch(high)
    assert fast.duration < high.duration * 0.8
    assert sad.duration > high.duration * 1.1
    assert rms(sad) < rms(high)


def test_a_language_is_spoken_by_a_native_voice():
    result = inside("say", "Guten Morgen, wie geht es Ihnen?", "-l", "german", "-o", "de.wav")
    assert result.returncode == 0, said(result)
    assert of_wav(Path("de.wav").read_bytes()).duration > 1


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_subtitles_are_monotone_complete_and_within_the_sound(kind):
    result = inside("say", LONG[:600].rpartition(". ")[0] + ".", "-o", "a.wav", "--subtitles", f"a.{kind}")
    assert result.returncode == 0, said(result)
    text = Path(f"a.{kind}").read_text("utf-8")
    spans = re.findall(r"^(\d\d):(\d\d):(\d\d[.,]\d{3}) --> (\d\d):(\d\d):(\d\d[.,]\d{3})$", text, re.M)
    times = [float(s.replace(",", ".")) + 60 * int(m) for _, m, s, *_ in spans]
    ends = [float(s.replace(",", ".")) + 60 * int(m) for *_, m, s in spans]
    assert len(spans) > 8
    assert all(start < end for start, end in zip(times, ends, strict=True))
    assert all(end <= start for end, start in zip(ends, times[1:], strict=False))
    assert ends[-1] <= of_wav(Path("a.wav").read_bytes()).duration + 0.6
    lines = [line for line in text.splitlines() if line and not re.match(r"^\d+$|.*-->|WEBVTT", line)]
    assert " ".join(lines).split() == (LONG[:600].rpartition(". ")[0] + ".").split()


def test_a_long_text_is_whole_and_in_order():
    result = myna("say", "-o", "long.wav", "--subtitles", "long.srt", "-m", "espeak", stdin=LONG)
    assert result.returncode == 0, said(result)
    assert Path("long.srt").read_text().count("worst") == 80
    assert of_wav(Path("long.wav").read_bytes()).duration > 150


def test_typed_text_is_spoken_while_it_comes():
    with subprocess.Popen(
        [*COMMAND, "say", "-o", "-", "--format", "raw"], stdin=-1, stdout=-1, stderr=-1
    ) as process:
        process.stdin.write(b"This is the first sentence that is typed, and it is long enough to begin. And ")
        process.stdin.flush()
        ready, _, _ = select.select([process.stdout], [], [], DEADLINE)
        assert ready, "no audio before the end of the text"
        early = os.read(process.stdout.fileno(), 1 << 16)
        rest, stderr = process.communicate(b"this one comes later.", timeout=DEADLINE)
    assert process.returncode == 0, stderr
    assert len(early + rest) / 2 / 22050 > 4


def test_a_writer_who_rests_longer_than_a_context_lives_is_heard_to_the_end():
    with subprocess.Popen(
        [*COMMAND, "say", "-o", "slow.wav", "--subtitles", "slow.srt"], stdin=-1, stderr=-1
    ) as process:
        process.stdin.write(b"Before the rest.\n")
        process.stdin.flush()
        time.sleep(7)
        _, stderr = process.communicate(b"After the rest.", timeout=DEADLINE)
    assert process.returncode == 0, stderr
    words = Path("slow.srt").read_text()
    assert "Before the rest." in words
    assert "After the rest." in words
    assert [*map(float, re.findall(r"00:00:(\d\d)", words))] == sorted(
        map(float, re.findall(r"00:00:(\d\d)", words))
    )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupted_in_the_middle_it_leaves_a_valid_file(number, status):
    with subprocess.Popen(
        [*COMMAND, "say", LONG * 20, "-o", "cut.wav", "--subtitles", "cut.srt"],
        stdin=-3,
        stdout=-1,
        stderr=-1,
    ) as process:
        deadline = time.monotonic() + DEADLINE
        while not (Path("cut.wav").exists() and Path("cut.wav").stat().st_size > 200_000):
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.01)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=DEADLINE)
    assert process.returncode == status
    assert b"Traceback" not in stderr
    assert "cut.wav holds the first" in " ".join(stderr.decode().split())
    sound = of_wav(Path("cut.wav").read_bytes())
    assert sound.duration > 4
    assert rms(sound) > 0.02
    assert "-->" in Path("cut.srt").read_text()


@pytest.mark.parametrize(
    ("library", "lacking"),
    [
        ("raise OSError('PortAudio library not found')", "system"),
        (
            "class PortAudioError(Exception): ...\n"
            "def OutputStream(**how): raise PortAudioError('no default output device')",
            "device",
        ),
    ],
)
def test_play_without_a_sound_device_writes_a_file_and_says_so(library, lacking):
    Path("devices").mkdir()
    Path("devices/sounddevice.py").write_text(library)
    path = os.pathsep.join(filter(None, ["devices", os.environ.get("PYTHONPATH")]))
    result = myna("say", "Hello.", "--play", env={"PYTHONPATH": path})
    assert result.returncode == 0, said(result)
    assert re.search(rf"warning: There is no sound {lacking} here .*writing a file instead", said(result))
    assert of_wav(Path("speech.wav").read_bytes()).duration > 0.2


DEVICE = """
import numpy

class PortAudioError(Exception): ...

class OutputStream:
    def __init__(self, samplerate, channels, dtype, latency):
        assert latency == "high"
        if samplerate not in RATES:
            raise PortAudioError(f"Invalid sample rate {samplerate}")
        assert (channels, dtype) == (1, "float32")
        self.file = open(f"played-{samplerate}.f32", "wb")
    def start(self): ...
    def write(self, samples):
        assert samples.ndim == 2 and samples.dtype == numpy.float32
        self.file.write(samples.tobytes())
    def stop(self): self.file.flush()
    def abort(self): ...
    def close(self): self.file.close()
"""


@pytest.mark.parametrize(("rates", "taken"), [((22050, 48000), 22050), ((48000,), 48000)])
def test_play_sends_the_sound_to_the_device_at_a_rate_it_takes(rates, taken):
    Path("devices").mkdir()
    Path("devices/sounddevice.py").write_text(f"RATES = {rates}{DEVICE}")
    path = os.pathsep.join(filter(None, ["devices", os.environ.get("PYTHONPATH")]))
    result = myna("say", TEXT, "--play", env={"PYTHONPATH": path})
    assert result.returncode == 0, said(result)
    assert not Path("speech.wav").exists()
    played = of_raw(Path(f"played-{taken}.f32").read_bytes(), "pcm_f32le", taken)
    assert 3 < played.duration < 9
    assert rms(played) > 0.02
    both = myna("say", TEXT, "--play", "-o", "both.wav", env={"PYTHONPATH": path})
    assert both.returncode == 0, said(both)
    assert of_wav(Path("both.wav").read_bytes()).duration == pytest.approx(played.duration, abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["Hello", "--voice", "Rosalin"], 1, "did you mean Rosalind?"),
        (["Hello", "--voice", "00000000-0000-0000-0000-000000000000"], 1, "voice"),
        (["Hello", "-o", "/no/such/folder/x.wav"], 2, "/no/such/folder/x.wav cannot be written"),
        (["Hello", "-o", "x.ogg"], 2, "add --format"),
        (["Hello", "--rate", "12345"], 2, "choose one of 8000"),
        (["Hello", "--emotion", "angyr"], 2, "did you mean angry"),
        (["Hello", "--subtitles", "x.txt"], 2, ".srt or .vtt"),
        (["Hello", "--model", "grand-piano"], 1, "grand-piano"),
        (["Hello", "--language", "no such language"], 1, "language"),
        (["Hello", "--file", "x.txt"], 2, "leave one out"),
        (["--file", "nowhere.txt"], 2, "nowhere.txt cannot be read"),
        ([""], 2, "nothing to say"),
        (["-"], 2, "nothing to say"),
        (["Hello", "--speed", "9"], 2, "--speed"),
        (["Hello", "--base-url", "http://127.0.0.1:9"], 1, "the server runs"),
    ],
)
def test_what_cannot_be_is_one_clear_line(arguments, status, words):
    result = inside("say", *arguments)
    assert result.returncode == status, said(result)
    assert words in said(result)
    assert "Traceback" not in said(result)
    assert not [path for path in Path().iterdir() if path.suffix in (".wav", ".txt")]


def test_a_file_that_was_there_survives_what_cannot_be():
    Path("kept.wav").write_bytes(b"precious")
    assert inside("say", "Hello", "--model", "grand-piano", "-o", "kept.wav").returncode == 1
    assert Path("kept.wav").read_bytes() == b"precious"
    Path("kept.wav").chmod(0o400)
    if os.geteuid():
        assert "cannot be written" in said(inside("say", "Hello", "-o", "kept.wav"))


def test_debug_shows_where():
    result = myna("--debug", "say", "Hello", "--voice", "Rosalin")
    assert result.returncode != 0
    assert b"Traceback" in result.stderr


def test_quiet_says_nothing():
    result = inside("say", "Hello.", "-q", "-o", "a.wav")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


def test_a_terminal_sees_a_progress_bar_and_a_pipe_does_not():
    assert b"Speaking" not in myna("say", LONG, "-m", "espeak", "-o", "a.wav").stderr
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "say", LONG * 3, "-m", "espeak", "-o", "b.wav"], stdin=-3, stderr=follower
    ) as process:
        os.close(follower)
        seen = b""
        while chunk := _read(leader):
            seen += chunk
        assert process.wait(DEADLINE) == 0
    os.close(leader)
    assert b"Speaking" in seen
    percents = [int(percent) for percent in re.findall(rb"(\d+)%", seen)]
    assert all(one <= two for one, two in pairwise(percents))


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 1 << 16)
    except OSError:  # the other end is closed
        return b""


def test_nothing_to_be_heard_is_no_file():
    result = inside("say", "[laughter]", "-o", "none.wav", "--subtitles", "none.srt")
    assert result.returncode == 2
    assert "no file is written" in said(result)
    assert not Path("none.wav").exists() and not Path("none.srt").exists()
