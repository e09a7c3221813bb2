from __future__ import annotations

import httpx
import pytest

from tests.server.conftest import LATEST


def version(value: str) -> dict[str, str]:
    return {"cartesia-version": value}


@pytest.mark.parametrize("path", ["/voices", "/voices/"])
async def test_the_oldest_version_gives_an_array_with_embeddings(http: httpx.AsyncClient, path: str) -> None:
    voices = (await http.get(path, headers=version("2024-06-10"), params={"limit": 1})).json()
    assert [voice["name"] for voice in voices] == ["Ada", "Ben", "Cleo"]
    assert all(len(voice["embedding"]) == 192 for voice in voices)
    assert {"id", "name", "description", "created_at", "language", "is_public", "user_id"} <= voices[0].keys()


@pytest.mark.parametrize("value", ["2024-11-13", "2025-04-16", "2025-11-04", "2026-03-01", LATEST])
async def test_later_versions_give_pages(http: httpx.AsyncClient, value: str) -> None:
    page = (await http.get("/voices/", headers=version(value), params={"limit": 2})).json()
    assert [voice["name"] for voice in page["data"]] == ["Ada", "Ben"]
    assert (page["has_more"], page["next_page"]) == (True, page["data"][-1]["id"])
    assert "embedding" not in page["data"][0]
    rest = await http.get("/voices", headers=version(value), params={"starting_after": page["next_page"]})
    assert [voice["name"] for voice in rest.json()["data"]] == ["Cleo"]
    assert (rest.json()["has_more"], rest.json()["next_page"]) == (False, None)
    end = await http.get(
        "/voices", headers=version(value), params={"starting_after": rest.json()["data"][0]["id"]}
    )
    assert end.json() == {"data": [], "has_more": False, "next_page": None}


@pytest.mark.parametrize("name", ["expand[]", "expand"])
async def test_expand(http: httpx.AsyncClient, name: str) -> None:
    pairs = [(name, "embedding"), (name, "is_starred"), (name, "novelty")]
    page = (await http.get("/voices", headers=version("2024-11-13"), params=pairs)).json()
    assert len(page["data"][0]["embedding"]) == 192
    assert page["data"][0]["is_starred"] is False


async def test_one(http: httpx.AsyncClient) -> None:
    by_name = (await http.get("/voices/Ada")).json()
    assert (await http.get(f"/voices/{by_name['id']}/")).json() == by_name
    assert len((await http.get("/voices/Ada", headers=version("2024-06-10"))).json()["embedding"]) == 192


async def test_none(http: httpx.AsyncClient) -> None:
    response = await http.get("/voices/nobody", headers=version(LATEST))
    assert (response.status_code, response.json()["error_code"]) == (404, "voice_not_found")
    plain = await http.get("/voices/nobody", headers=version("2025-11-04"))
    assert (plain.status_code, plain.headers["content-type"]) == (404, "text/plain; charset=utf-8")
    assert plain.text.startswith("Unknown voice: ")


async def test_both_cursors(http: httpx.AsyncClient) -> None:
    response = await http.get("/voices", params={"starting_after": "a", "ending_before": "b"})
    assert response.status_code == 400


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/voices"), ("PATCH", "/voices/x"), ("DELETE", "/voices/x"), ("POST", "/voices/clone"),
        ("POST", "/voices/clone/clip"), ("POST", "/voices/mix"), ("POST", "/voices/localize"),
        ("POST", "/infill/bytes"), ("POST", "/voice-changer/bytes"), ("POST", "/stt"), ("GET", "/datasets/"),
        ("POST", "/fine-tunes/7"), ("GET", "/agents"), ("GET", "/agents/templates"),
        ("POST", "/access-token"),
        ("GET", "/pronunciation-dicts/"), ("PATCH", "/voices/x/accents"), ("GET", "/accents"),
    ],
)  # fmt: skip
async def test_what_is_not_offered(http: httpx.AsyncClient, method: str, path: str) -> None:
    response = await http.request(method, path, headers=version(LATEST))
    assert (response.status_code, response.json()["error_code"]) == (501, "not_implemented")
    plain = await http.request(method, path, headers=version("2024-06-10"))
    assert (plain.status_code, plain.text.startswith("Not implemented: ")) == (501, True)
