"""`myna voices` on the command line."""

import json

import pytest

from myna.providers.local import catalogue
from tests.cli.program import inside, said


def test_json_lists_every_voice():
    result = inside("voices", "--json")
    assert result.returncode == 0, said(result)
    listed = json.loads(result.stdout)
    assert [each["id"] for each in listed] == [voice.id for voice in catalogue.voices()]
    assert {"name", "language", "gender", "description", "pitch_hz", "engines"} <= listed[0].keys()


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["-l", "de"], {"Liesel", "Konrad", "Annika", "Bastian"}),
        (["--language", "German", "--gender", "m"], {"Konrad", "Bastian"}),
        (["list", "-l", "de", "-g", "female"], {"Liesel", "Annika"}),
        (["-l", "en-GB"], {"Imogen", "Alistair"}),
        (["--search", "british reads"], {"Imogen"}),
        (["-s", "ELODIE"], {"Élodie"}),
        (["-l", "no"], {"Sindre", "Sunniva"}),
    ],
)
def test_filters(arguments, names):
    result = inside("voices", *arguments, "--json")
    assert result.returncode == 0, said(result)
    assert {each["name"] for each in json.loads(result.stdout)} == names


def test_without_a_terminal_it_is_one_line_of_fields_each():
    first, *_ = inside("voices", "-l", "fr").stdout.decode().splitlines()
    assert first.split("\t")[:3] == ["Margaux", "fr-FR", "feminine"]


def test_show_tells_all_about_one():
    result = inside("voices", "show", "wren")
    assert result.returncode == 0
    for word in ("Wren", "a131eccc-316e-545c-9cf8-584b1ee184a5", "feminine", "flite, espeak"):
        assert word in result.stdout.decode()
    shown = json.loads(inside("voices", "show", "694f9389-aac1-45b6-b726-9d9369183238", "--json").stdout)
    assert shown["name"] == "Wren"


def test_nothing_found_and_nothing_known():
    assert (inside("voices", "-s", "zebra").returncode, inside("voices", "-s", "zebra").stdout) == (0, b"")
    unknown = inside("voices", "show", "Wrenn")
    assert unknown.returncode == 1
    assert "did you mean Wren?" in said(unknown)
    assert "feminine, masculine or neutral" in said(inside("voices", "-g", "robot"))
