"""The program as a whole: help, versions, doctor, serve."""

import json
import os
import socket
import subprocess
import sys

import httpx
import pytest

from myna.cli import doctor
from myna.cli.findings import Finding
from myna.cli.findings import report as tell
from tests.cli.program import inside, myna, said
from tests.serving import serving


@pytest.mark.parametrize(
    "arguments", [["--help"], ["say", "-h"], ["serve", "--help"], ["voices", "--help"], ["doctor", "--help"]]
)
def test_help(arguments):
    result = myna(*arguments)
    assert result.returncode == 0
    assert "Usage: myna" in result.stdout.decode()


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from myna.cli import main; main(['--help']);"
        "heavy = {'numpy', 'av', 'httpx', 'starlette', 'uvicorn', 'websockets', 'sounddevice'};"
        "sys.exit(str(heavy & set(sys.modules)) if heavy & set(sys.modules) else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert result.returncode == 0, result.stderr


def test_no_command_and_a_wrong_one():
    assert "Commands" in myna().stdout.decode() + myna().stderr.decode()
    assert myna("sing").returncode == 2
    assert "No such command 'sing'" in said(myna("sing"))


def test_both_ways_to_run_the_package():
    for module in ("myna", "myna.cli"):
        result = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, timeout=60)
        assert result.stdout.startswith(b"myna ")


@pytest.mark.skipif(os.name != "posix", reason="a shell closes the streams")
def test_closed_standard_streams_are_no_mistake():
    for command, status in (
        ("say Hello. -o - >&-", 0),
        ("change --live --voice June <&-", 2),
        ("transcribe - <&-", 2),
    ):
        line = f'exec "{sys.executable}" -m myna {command}'
        result = subprocess.run(["sh", "-c", line], capture_output=True, timeout=60)
        told = result.stderr.decode()
        assert result.returncode == status, told
        assert "Error:" not in told, "a mistake in the program"
        assert status == 0 or "Standard input held" in told


def test_doctor_finds_this_machine_well(capsys):
    result = myna("doctor", "--json", "--port", "0")
    report = json.loads(result.stdout)
    assert report["healthy"] is True, report
    assert result.returncode == 0
    states = {finding["what"]: finding["state"] for finding in report["findings"]}
    working = ("worker process", "engine espeak", "listening", "changing voices", "cloning")
    for what in (*working, "wav audio", "mp3 audio", "port"):
        assert states[what] == "good", report
    assert tell((Finding(**finding) for finding in report["findings"]), as_json=False) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "engine espeak" in text
    assert "PocketSphinx; ready after" in text
    assert "Myna can speak, listen and change voices here." in text
    assert "of speech in another voice after" in text
    deaf = (Finding(**finding) for finding in report["findings"] if finding["what"] != "listening")
    assert tell(deaf, as_json=False) == 0
    assert "Myna can speak and change voices here, but not listen." in capsys.readouterr().out


def test_doctor_says_what_is_broken_and_how_to_mend_it(tmp_path):
    (tmp_path / "espeakng_loader.py").write_text("raise ImportError('no such library')")
    paths = filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])
    result = myna("doctor", "--port", "0", env={"PYTHONPATH": os.pathsep.join(paths)})
    assert result.returncode == 1
    text = " ".join(result.stdout.decode().split())
    assert "eSpeak NG is not installed (no such library)" in text
    assert "pip install --force-reinstall espeakng-loader" in text
    assert "checks failed" in text


def test_doctor_sees_a_taken_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert (doctor.port(port).what, doctor.port(port).state) == ("port", "missing")


def test_serve_refuses_strangers_without_a_key():
    result = myna("serve", "--host", "0.0.0.0", "--port", "0")
    assert result.returncode == 2
    assert "--api-key" in said(result)
    assert "Traceback" not in said(result)


def test_a_taken_port_is_one_clear_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = myna("serve", "--port", str(taken.getsockname()[1]))
    assert result.returncode != 0
    assert len(result.stderr.decode().strip().splitlines()) == 1
    assert "--port" in said(result)


def test_keys_may_come_from_the_environment():
    with serving(env={"MYNA_SERVER_KEYS": "first second"}) as server:
        for key, status in (("first", 200), ("second", 200), ("third", 401)):
            answer = httpx.get(f"{server.url}/voices", headers={"X-API-Key": key})
            assert answer.status_code == status, key


def test_what_a_server_refuses_is_said_in_its_own_words():
    with serving(env={"MYNA_SERVER_KEYS": "first"}) as server:
        refused = inside("voices", "--base-url", server.url, "--api-key", "second")
    assert refused.returncode == 1
    assert said(refused).startswith("error: This API key is not known here")
    assert "{" not in said(refused)
