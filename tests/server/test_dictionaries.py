from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.server.conftest import LATEST, body

BASE = "/pronunciation-dicts"
HEADERS = {"cartesia-version": LATEST}
ITEMS = [
    {"text": "cat", "alias": "<<k|æ|t>>"},
    {"text": "dog", "pronunciation": "dawg", "case_sensitive": True},
]


async def created(http: httpx.AsyncClient, name: str = "Names", **fields: Any) -> dict[str, Any]:
    made = await http.post(f"{BASE}/", headers=HEADERS, json={"name": name, **fields})
    assert made.status_code == 200, made.text
    dictionary: dict[str, Any] = made.json()
    return dictionary


@pytest.mark.parametrize("slash", ["", "/"])
async def test_the_life_of_a_dictionary(http: httpx.AsyncClient, slash: str) -> None:
    made = await created(http, items=ITEMS, description="d", novelty=1)
    assert (made["name"], made["owner_id"], made["pinned"]) == ("Names", "local", False)
    assert made["items"] == [
        {"text": "cat", "pronunciation": "<<k|æ|t>>", "alias": "<<k|æ|t>>"},
        {"text": "dog", "pronunciation": "dawg", "alias": "dawg", "case_sensitive": True},
    ]
    one = f"{BASE}/{made['id']}"
    assert (await http.get(one + slash, headers=HEADERS)).json() == made
    changed = (await http.patch(one + slash, headers=HEADERS, json={"name": "New", "items": None})).json()
    assert (changed["name"], changed["items"], changed["description"]) == ("New", made["items"], "d")
    emptied = (await http.patch(one + slash, headers=HEADERS, json={"items": []})).json()
    assert (emptied["items"], emptied["name"]) == ([], "New")
    assert (await http.post(f"{one}/pin{slash}", headers=HEADERS)).json()["pinned"] is True
    assert (await http.post(f"{one}/unpin{slash}", headers=HEADERS)).json()["pinned"] is False
    gone = await http.delete(one + slash, headers=HEADERS)
    assert (gone.status_code, gone.content) == (204, b"")
    for method, path in (("GET", one), ("DELETE", one), ("POST", f"{one}/pin"), ("GET", f"{BASE}/x")):
        answer = await http.request(method, path, headers=HEADERS)
        assert (answer.status_code, answer.json()["error_code"]) == (404, "not_found")


async def test_pages(http: httpx.AsyncClient) -> None:
    made = [(await created(http, f"Number {number}"))["id"] for number in range(12)][::-1]
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 5}
    while data := (await http.get(f"{BASE}/", headers=HEADERS, params=query)).json()["data"]:
        seen += [each["id"] for each in data]
        query["starting_after"] = seen[-1]
    assert seen == made
    first = (await http.get(BASE, headers=HEADERS)).json()
    assert (len(first["data"]), first["has_more"], first["next_page"]) == (10, True, made[9])
    back = (await http.get(BASE, params={"ending_before": made[3], "limit": 2})).json()
    assert [each["id"] for each in back["data"]] == made[1:3]
    assert (await http.get(BASE, params={"starting_after": "a", "ending_before": "b"})).status_code == 400


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "name"), ({"name": ""}, "name"), ({"name": 3}, "name"), ({"name": "N", "items": {}}, "items"),
        ({"name": "N", "items": [{"text": "a"}]}, "pronunciation"),
        ({"name": "N", "items": [{"alias": "a"}]}, "text"),
        ({"name": "N", "items": [{"text": "", "alias": "a"}]}, "text"),
        ({"name": "N", "items": [{"text": "a", "alias": "x" * 101}]}, "pronunciation"),
    ],
)  # fmt: skip
async def test_refusals_name_the_field(http: httpx.AsyncClient, fields: dict[str, Any], field: str) -> None:
    answer = await http.post(BASE, headers=HEADERS, json=fields)
    assert (answer.status_code, answer.json()["error_code"]) == (400, "invalid_request")
    assert field in answer.json()["message"]


async def test_speech_asks_for_them(http: httpx.AsyncClient) -> None:
    id = (await created(http, items=ITEMS))["id"]
    assert (await http.post("/tts/bytes", json=body(pronunciation_dict_id=id))).status_code == 200
    unknown = await http.post("/tts/bytes", json=body(pronunciation_dict_id="pdict_none"))
    assert unknown.status_code == 404
