"""Voices that are made and moved from the terminal, here and on a server, as people do it."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import struct
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from myna.cli import doctor
from myna.library import Library
from tests.cli.program import COMMAND, DEADLINE, inside, myna, said
from tests.serving import Server, serving
from tests.sound import of_wav, rms

TEXT = (
    "The morning was cool and bright, and the boats went out along the river one after the other, "
    "while the old man on the bridge told a long story about the sea."
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "otis.wav"
    assert inside("say", TEXT, "--voice", "Otis", "-o", path).returncode == 0
    return path


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving("--api-key", "sesame") as server:
        yield server


@pytest.fixture(params=["here", "remote"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Commands go to this machine's library, or to a server; both begin without voices of one's own."""
    if source := os.environ.get("PYTHONPATH"):
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join(map(os.path.abspath, source.split(os.pathsep))))
    monkeypatch.chdir(tmp_path)
    if request.param == "here":
        monkeypatch.setenv("MYNA_DATA", str(tmp_path / "data"))
    else:
        server = request.getfixturevalue("server")
        monkeypatch.setenv("MYNA_BASE_URL", server.url)
        monkeypatch.setenv("MYNA_API_KEY", "sesame")
        mine = [voice["id"] for voice in listed("--mine")]
        if mine:
            assert inside("voices", "delete", "--yes", *mine).returncode == 0
    return request.param


def listed(*options: str) -> list[dict[str, object]]:
    result = inside("voices", "list", "--json", *options)
    assert result.returncode == 0, said(result)
    return json.loads(result.stdout)


def made(*arguments: str | Path) -> dict[str, object]:
    result = inside(*arguments, "--json")
    assert result.returncode == 0, said(result)
    return json.loads(result.stdout)


def test_from_a_recording_to_another_machine(place: str, clip: Path, tmp_path: Path) -> None:
    voice = made("clone", clip, "--name", "My clone", "--consent", "--description", "Me.\nTwice.")
    assert (voice["name"], voice["language"], voice["is_owner"]) == ("My clone", "en-US", True)
    assert [each["id"] for each in listed("--mine")] == [voice["id"]]
    assert listed()[0]["id"] == voice["id"] and len(listed()) > 100
    assert [each["name"] for each in listed("-s", "twice")] == ["My clone"]

    result = inside("say", "It is me, or nearly so.", "--voice", "my clone", "-o", "me.wav")
    assert result.returncode == 0, said(result)
    assert rms(of_wav(Path("me.wav").read_bytes())) > 0.02
    assert inside("voices", "preview", "My clone", "-q").returncode == 0
    assert of_wav(Path("My-clone.wav").read_bytes()).duration > 2

    mixed = made("voices", "mix", "Wren=3", "My clone=1", "--name", "Between")
    assert mixed["description"] == "A mix of Wren (75%), My clone (25%)."
    german = made("voices", "localize", "My clone", "--language", "German", "--name", "Ich")
    assert german["language"] == "de-DE"
    assert [each["name"] for each in listed("--mine")] == ["Ich", "Between", "My clone"]

    assert "My clone" in said(inside("voices", "export", "My clone", "-o", "mine.myna-voice"))
    assert Path("mine.myna-voice").stat().st_mode & 0o777 == 0o600
    again = inside("voices", "import", "mine.myna-voice")
    assert again.returncode == 1 and "here already" in said(again)
    elsewhere = {"MYNA_DATA": str(tmp_path / "elsewhere"), "MYNA_BASE_URL": ""}
    brought = inside("voices", "import", "mine.myna-voice", env=elsewhere)
    assert brought.returncode == 0 and str(voice["id"]) in brought.stdout.decode()
    second = made("voices", "import", "mine.myna-voice", "--anew")
    assert second["id"] != voice["id"] and second["name"] == "My clone"

    unclear = inside("voices", "delete", "My clone", "--yes")
    assert unclear.returncode == 2 and "2 of your voices" in said(unclear)
    gone = inside("voices", "delete", str(voice["id"]), "Ich", "Between", "--yes")
    assert gone.returncode == 0 and "Deleted My clone, Ich, Between." in said(gone)
    assert [each["id"] for each in listed("--mine")] == [second["id"]]


def test_from_an_embedding(place: str, clip: Path) -> None:
    result = inside("voices", "embed", clip)
    assert result.returncode == 0, said(result)
    numbers = json.loads(result.stdout)
    assert len(numbers) == 192
    named = {"name": "Named", "description": "In the file.", "language": "de", "embedding": numbers}
    Path("named.json").write_text(json.dumps(named))
    voice = made("voices", "create", "named.json")
    assert (voice["name"], voice["description"], voice["language"]) == ("Named", "In the file.", "de-DE")
    other = inside("voices", "create", "-", "-n", "Piped", stdin=result.stdout)
    assert other.stdout.decode().split("\t")[0] == "Piped"
    for content, says in (
        ("[1, 2]", "192"), ("{}", "no embedding"), ("nonsense", "not JSON"), ('["a"]', "no embedding"),
        (json.dumps(numbers), "--name"),
    ):  # fmt: skip
        Path("bad.json").write_text(content)
        refused = inside("voices", "create", "bad.json")
        assert refused.returncode == 2 and says in said(refused), content


def test_what_goes_wrong_is_one_line(place: str, clip: Path) -> None:
    Path("text.wav").write_text("this is no sound")
    cases = (
        (["clone", "nothing.wav", "-n", "A"], 2, "nothing.wav does not exist"),
        (["clone", ".", "-n", "A"], 2, "is not a file"),
        (["clone", "text.wav", "-n", "A"], 1, ""),
        (["clone", clip, "-n", " "], 2, "--name"),
        (["clone", clip, "-n", "A", "-l", "klingon-x"], 1, "klingon"),
        (["clone", clip, "-n", "A", "--base", "Wrenn"], 1, "did you mean Wren?"),
        (["voices", "mix", "Wren=much", "-n", "A"], 2, "VOICE=WEIGHT"),
        (["voices", "mix", "Wren=-1", "-n", "A"], 2, "VOICE=WEIGHT"),
        (["voices", "mix", "Nobody=1", "-n", "A"], 1, "Nobody"),
        (["voices", "localize", "Wren", "-n", "A"], 2, "--language or --accent"),
        (["voices", "localize", "Wren", "-n", "A", "--accent", "martian"], 1, "martian"),
        (["voices", "delete", "Wren"], 2, "--yes"),
        (["voices", "delete", "Wren", "-y"], 1, "built in"),
        (["voices", "delete", "Nobody", "-y"], 1, "Nobody"),
        (["voices", "export", "Wren"], 1, "built in"),
        (["voices", "import", "text.wav"], 1, "parcel"),
        (["voices", "import", "nothing"], 2, "nothing is no file"),
        (["voices", "preview", "Wrenn"], 1, "did you mean Wren?"),
    )
    for arguments, code, says in cases if place == "here" else cases[2::5]:
        result = inside(*arguments)
        assert result.returncode == code, f"{arguments}: {said(result)}"
        lines = result.stderr.decode().strip().splitlines()
        assert len(lines) == 1 and lines[0].startswith("error:") and says in lines[0], lines
        assert not result.stdout
    assert listed("--mine") == []
    assert "myna clone" in said(inside("voices", "--mine"))


def test_the_library_of_a_server_at_work(clip: Path, tmp_path: Path) -> None:
    """Both work in one folder at the same time."""
    data = tmp_path / "data"
    with serving("--data", str(data)) as server:
        here, there = {"MYNA_DATA": str(data)}, {"MYNA_BASE_URL": server.url}
        assert myna("clone", clip, "-n", "From here", env=here).returncode == 0
        assert myna("clone", clip, "-n", "From there", env=there).returncode == 0
        for env in (here, there):
            mine = json.loads(myna("voices", "--mine", "--json", env=env).stdout)
            assert [voice["name"] for voice in mine] == ["From there", "From here"]
    with Library.open(data) as library:
        assert library.voices.count("local") == 2


def test_the_doctor_looks_at_the_library(tmp_path: Path) -> None:
    none = doctor.library(tmp_path / "new")
    assert (none.state, none.what) == ("good", "voice library")
    assert "none yet" in none.detail and not (tmp_path / "new").exists()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "myna.db").write_bytes(b"not a database" * 100)
    assert doctor.library(tmp_path / "broken").state == "broken"


def on_a_terminal(columns: int, *arguments: str | Path, answer: str = "") -> tuple[int, str]:
    """The exit status and what a person sees on a terminal of this width."""
    main, other = pty.openpty()
    size = struct.pack("HHHH", 60, columns, 0, 0)
    import fcntl
    import termios

    fcntl.ioctl(other, termios.TIOCSWINSZ, size)
    env = {**os.environ, "TERM": "xterm-256color"}
    env.pop("COLUMNS", None)
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], stdin=other, stdout=other, stderr=other, env=env
    )
    os.close(other)
    seen, deadline = b"", time.monotonic() + DEADLINE
    while True:
        assert time.monotonic() < deadline, seen
        if not select.select([main], [], [], 0.2)[0]:
            continue
        try:
            data = os.read(main, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
        if answer and b"?" in seen:
            os.write(main, f"{answer}\n".encode())
            answer = ""
    status = process.wait(DEADLINE)
    os.close(main)
    return status, re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode()).replace("\r\n", "\n")


def test_what_people_see(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYNA_DATA", str(tmp_path / "data"))
    status, seen = on_a_terminal(80, "clone", clip, "-n", "A [bold] one")
    assert status == 0 and "Listening to otis.wav" in seen
    assert 'myna say --voice "A [bold] one" "Hello!" --play' in seen
    for columns in (80, 140):
        status, seen = on_a_terminal(columns, "voices", "-l", "en-US")
        lines = seen.splitlines()
        assert status == 0 and lines[0].split()[:4] == ["Name", "Language", "Pitch", "Yours"]
        first = lines[1]
        assert "A [bold] one" in first and "English (en-US)" in first and " Hz" in first and "✓" in first
        assert "♀" in seen and "1 of them yours" in lines[-1]
        assert max(map(len, lines)) <= columns
        assert ("Id" in lines[0]) == (columns == 140)
    status, seen = on_a_terminal(80, "voices", "delete", "A [bold] one", answer="n")
    assert status == 1 and "for good?" in seen
    status, seen = on_a_terminal(80, "voices", "delete", "A [bold] one", answer="y")
    assert status == 0 and "Deleted A [bold] one." in seen
