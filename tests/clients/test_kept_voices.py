"""Voices that the official clients make, change and forget, each on a server of its own."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.clients.conftest import KEY
from tests.clients.hearing import check_speech
from tests.clients.official import KEEPING, Client
from tests.serving import serving

pytestmark = pytest.mark.timeout(240)

FIRST, SECOND, THIRD, FOURTH = KEEPING
BUILT_IN = 25
"""More built-in voices than on one page of the programs."""

Kept = Callable[[Client], dict[str, Any]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Give what the programs of a client reported; they run at the first call."""
    made: dict[Client, dict[str, Any]] = {}

    def of(client: Client) -> dict[str, Any]:
        if client not in made:
            with serving("--api-key", KEY) as server:
                made[client] = client.run(server.port, KEY, tmp_path_factory.mktemp("kept-"))
        return made[client]

    yield of


def each(*clients: Client) -> pytest.MarkDecorator:
    """Run a test for these clients, those of one client in one process."""
    return pytest.mark.parametrize(
        "client",
        [
            pytest.param(client, marks=pytest.mark.xdist_group(f"kept-{client.version}"), id=client.version)
            for client in clients or KEEPING
        ],
    )


@each()
def test_every_program_runs(client: Client, kept: Kept) -> None:
    reports = kept(client)
    assert set(reports) == set(client.examples())
    for name, report in reports.items():
        assert "error" not in report, f"{name}: {report['error']}"
        if "audio" in report:
            check_speech(report)


@each()
def test_a_clone_is_there_and_ones_own(client: Client, kept: Kept) -> None:
    report = kept(client)["readme"]
    voice, again = report["voice"], report["again"]
    assert (voice["name"], voice["description"], voice["language"]) == ("New voice", "A clone", "en")
    assert voice["user_id"] and voice["is_public"] is False
    assert again["is_owner"] is True
    assert {name: again[name] for name in voice if name in again} == {
        n: v for n, v in voice.items() if n in again
    }
    if client in (FIRST, SECOND):
        assert len(again["embedding"]) == 192


@each(FIRST)
def test_an_embedding_is_what_a_voice_is_made_of(client: Client, kept: Kept) -> None:
    report = kept(client)["readme"]
    assert len(report["embedding"]) == 192
    assert report["again"]["embedding"] == pytest.approx(report["embedding"], abs=1e-3)
    assert set(kept(client)["listed"]["sizes"]) == {192}
    similar = kept(client)["similar"]
    assert similar["voice"]["name"] == "Unnamed voice"
    assert (similar["named"]["name"], similar["named"]["description"]) == ("Named", "d")


@each(FIRST)
def test_a_mix_is_between(client: Client, kept: Kept) -> None:
    report = kept(client)["mixed"]
    one, other, mixed = report["one"], report["other"], report["embedding"]
    assert max(math.dist(one, mixed), math.dist(other, mixed)) < math.dist(one, other)


@each(SECOND)
def test_a_voice_of_an_embedding(client: Client, kept: Kept) -> None:
    report = kept(client)["created"]
    assert (report["voice"]["name"], report["voice"]["is_owner"]) == ("Mix", True)
    assert report["voice"]["embedding"] == pytest.approx(report["embedding"], abs=1e-3)


@each(SECOND, THIRD, FOURTH)
def test_a_voice_elsewhere(client: Client, kept: Kept) -> None:
    report = kept(client)["localized"]
    assert report["voice"]["language"] == ("de" if client is SECOND else "fr")
    if client is SECOND:
        assert report["there"]["language"] == "pt"
    else:
        assert report["again"]["accent"] == "parisian"
        assert report["again"]["locales"][0] == {"locale": "fr-FR", "is_native": True}


@each(SECOND, THIRD, FOURTH)
def test_what_is_told_of_a_voice_changes(client: Client, kept: Kept) -> None:
    report = kept(client)["updated"]
    assert (report["voice"]["name"], report["voice"]["description"]) == ("Another name", "Another text")
    if client is SECOND:
        assert report["again"] == report["voice"]
    else:
        assert (report["voice"]["gender"], report["reset"]["gender"]) == ("feminine", None)


@each(SECOND, THIRD, FOURTH)
def test_lists_reach_every_voice_once(client: Client, kept: Kept) -> None:
    report, id = kept(client)["listed"], kept(client)["deleted"]["id"]
    everything = [voice for page in report["pages"] for voice in page]
    assert report["own"] == [id]
    assert everything[0] == id, "the newest comes first"
    assert len(set(everything)) == len(everything) > BUILT_IN
    sizes = [len(page) for page in report["pages"] if page]
    assert set(sizes[:-1]) == {25} and sizes[-1] <= 25
    if client is SECOND:
        assert (report["size"], report["starred"]) == (192, False)
    else:
        assert report["found"] == [id]


@each()
def test_what_was_deleted_is_gone_and_built_in_voices_stay(client: Client, kept: Kept) -> None:
    report = kept(client)["deleted"]
    assert report["id"] not in report["left"]
    if client is FIRST:
        assert "404" in report["get"] and report["id"] in report["delete"]
        assert "built in" in report["built_in"]
    else:
        assert [report[name]["status"] for name in ("get", "delete", "built_in")] == [404, 404, 403]
    if client in (THIRD, FOURTH):
        assert [report[name]["type"] for name in ("get", "built_in")] == report["classes"]


@each(FOURTH)
def test_accents(client: Client, kept: Kept) -> None:
    report = kept(client)["accents"]
    assert report["catalogue"] == sorted(report["catalogue"])
    assert report["added"] == ["en-US", "en-GB", "es-MX"]
    assert (report["left"], report["native"]) == (["en-US", "es-MX"], [True, False])


@each(THIRD, FOURTH)
def test_previews(client: Client, kept: Kept) -> None:
    report = kept(client)["previewed"]
    assert (report["kind"], report["head"]) == ("audio/wav", "RIFF")


@each(THIRD, FOURTH)
def test_dictionaries(client: Client, kept: Kept) -> None:
    report = kept(client)["dictionaries"]
    assert (report["made"]["name"], report["made"]["pinned"]) == ("Names", False)
    item = report["made"]["items"][0]
    assert (item["text"], item["alias"], item["pronunciation"]) == ("Nguyen", "win", "win")
    assert report["got"] == report["changed"]
    assert (report["got"]["name"], report["got"]["items"][0]["alias"]) == ("People", "<<w|ɪ|n>>")
    assert report["listed"] == report["ids"][::-1], "all pages, newest first, each once"
    assert (report["gone"]["status"], report["left"]) == (404, [])
