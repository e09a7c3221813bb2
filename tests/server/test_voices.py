from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from myna.testing.provider import ScriptedProvider
from myna.testing.server import serve_here
from myna.testing.voices import scripted_voice
from tests.server.conftest import LATEST, body

FIRST, SECOND = "2024-06-10", "2024-11-13"
LATER = ["2025-04-16", "2025-11-04", "2026-03-01", LATEST]
ONES = [1.0] * 192


def version(value: str) -> dict[str, str]:
    return {"cartesia-version": value}


@pytest.fixture
async def library(provider: ScriptedProvider) -> Any:
    """A server with 27 voices."""
    many = [scripted_voice(f"Voice {number:02}", age=number) for number in range(27)]
    async with (
        serve_here(ScriptedProvider(voices=many)) as running,
        httpx.AsyncClient(base_url=running.url, timeout=10, trust_env=False) as client,
    ):
        yield client


async def created(http: httpx.AsyncClient, name: str = "Mine", **fields: Any) -> dict[str, Any]:
    made = await http.post(
        "/voices",
        headers=version(SECOND),
        json={"name": name, "description": "d", "embedding": ONES, **fields},
    )
    assert made.status_code == 200, made.text
    voice: dict[str, Any] = made.json()
    return voice


class TestList:
    @pytest.mark.parametrize("path", ["/voices", "/voices/"])
    async def test_the_oldest_version_gives_an_array_with_embeddings(
        self, http: httpx.AsyncClient, path: str
    ) -> None:
        answer = await http.get(path, headers=version(FIRST), params={"limit": 1})
        voices = answer.json()
        assert answer.headers["content-type"] == "application/json"
        assert [voice["name"] for voice in voices] == ["Ada", "Ben", "Cleo"]
        assert all(len(voice["embedding"]) == 192 for voice in voices)
        known = {"id", "name", "description", "created_at", "language", "is_public", "user_id"}
        assert known <= voices[0].keys()

    @pytest.mark.parametrize("value", [SECOND, *LATER])
    async def test_later_versions_give_pages(self, http: httpx.AsyncClient, value: str) -> None:
        page = (await http.get("/voices/", headers=version(value), params={"limit": 2})).json()
        assert [voice["name"] for voice in page["data"]] == ["Ada", "Ben"]
        assert (page["has_more"], page["next_page"]) == (True, page["data"][-1]["id"])
        assert "embedding" not in page["data"][0]
        after = {"starting_after": page["next_page"]}
        rest = (await http.get("/voices", headers=version(value), params=after)).json()
        assert [voice["name"] for voice in rest["data"]] == ["Cleo"]
        assert (rest["has_more"], rest["next_page"]) == (False, None)
        end = await http.get(
            "/voices", headers=version(value), params={"starting_after": rest["data"][0]["id"]}
        )
        assert end.json() == {"data": [], "has_more": False, "next_page": None}

    @pytest.mark.parametrize("limit", [1, 7, 27, 100])
    async def test_following_the_last_id_reaches_every_voice_and_then_nothing(
        self, library: httpx.AsyncClient, limit: int
    ) -> None:
        seen: list[str] = []
        query: dict[str, Any] = {"limit": limit}
        while data := (await library.get("/voices", headers=version(LATEST), params=query)).json()["data"]:
            seen += [voice["name"] for voice in data]
            query["starting_after"] = data[-1]["id"]
        assert seen == [f"Voice {number:02}" for number in range(27)]

    async def test_backwards(self, library: httpx.AsyncClient) -> None:
        everything = (await library.get("/voices", params={"limit": 100})).json()["data"]
        query = {"limit": 3, "ending_before": everything[5]["id"]}
        page = (await library.get("/voices", params=query)).json()
        assert page["data"] == everything[2:5]
        assert page["has_more"]

    @pytest.mark.parametrize("cursor", ["starting_after", "ending_before"])
    async def test_an_unknown_cursor_gives_nothing(self, http: httpx.AsyncClient, cursor: str) -> None:
        page = (await http.get("/voices", params={cursor: "unknown"})).json()
        assert page == {"data": [], "has_more": False, "next_page": None}

    async def test_filters(self, http: httpx.AsyncClient) -> None:
        await created(http, "My own")

        async def names(**query: str) -> list[str]:
            found = await http.get("/voices", headers=version(LATEST), params=query)
            return [voice["name"] for voice in found.json()["data"]]

        assert await names() == ["My own", "Ada", "Ben", "Cleo"]
        assert await names(q="ADA") == ["Ada"]
        assert await names(is_owner="true") == ["My own"]
        assert await names(is_owner="false") == ["Ada", "Ben", "Cleo"]
        assert await names(is_starred="true") == []
        assert await names(gender="feminine") == []
        assert len(await names(limit="1000")) == 4
        assert len(await names(limit="-1")) == 1

    @pytest.mark.parametrize("name", ["expand[]", "expand"])
    async def test_expand(self, http: httpx.AsyncClient, name: str) -> None:
        pairs = [(name, each) for each in ("embedding", "is_starred", "preview_file_url", "novelty")]
        page = (await http.get("/voices", headers=version(SECOND), params=pairs)).json()
        voice = page["data"][0]
        assert len(voice["embedding"]) == 192
        assert voice["is_starred"] is False
        preview = await http.get(voice["preview_file_url"])
        assert (preview.headers["content-type"], preview.content[:4]) == ("audio/wav", b"RIFF")

    @pytest.mark.parametrize(
        "query", [{"starting_after": "a", "ending_before": "b"}, {"limit": "x"}, {"gender": "x"}]
    )
    async def test_refusals(self, http: httpx.AsyncClient, query: dict[str, str]) -> None:
        response = await http.get("/voices", headers=version(LATEST), params=query)
        assert (response.status_code, response.json()["error_code"]) == (400, "invalid_request")

    async def test_a_reader_that_goes_ends_the_list(self) -> None:
        """The array is made as it is taken: a client that stops reading stops the reading of voices."""
        many = [scripted_voice(f"Voice {number}") for number in range(3)]
        provider = ScriptedProvider(voices=many)
        given = 0
        closed = asyncio.Event()

        async def endless(caller: object) -> Any:
            nonlocal given
            try:
                while True:
                    given += 1
                    yield many[0]
                    await asyncio.sleep(0)
            finally:
                closed.set()

        provider.voices.all = endless  # type: ignore[method-assign,assignment]
        async with serve_here(provider) as running:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
            writer.write(b"GET /voices HTTP/1.1\r\nHost: x\r\nCartesia-Version: 2024-06-10\r\n\r\n")
            await reader.readexactly(1000)
            before = -1
            while before != given:  # until the buffers are full
                before = given
                await asyncio.sleep(0.2)
            assert given < 20_000, "it is read ahead of the client without end"
            writer.transport.abort()
            async with asyncio.timeout(20):
                await closed.wait()


class TestOne:
    async def test_by_id_alias_and_name(self, http: httpx.AsyncClient) -> None:
        by_name = (await http.get("/voices/Ada")).json()
        assert (await http.get(f"/voices/{by_name['id']}/")).json() == by_name
        for value in (FIRST, SECOND):
            assert len((await http.get("/voices/Ada", headers=version(value))).json()["embedding"]) == 192
        assert "embedding" not in (await http.get("/voices/Ada", headers=version(LATEST))).json()

    async def test_none(self, http: httpx.AsyncClient) -> None:
        response = await http.get("/voices/nobody", headers=version(LATEST))
        assert (response.status_code, response.json()["error_code"]) == (404, "voice_not_found")
        plain = await http.get("/voices/nobody", headers=version("2025-11-04"))
        assert (plain.status_code, plain.headers["content-type"]) == (404, "text/plain; charset=utf-8")
        assert plain.text.startswith("Unknown voice: ")

    async def test_preview(self, http: httpx.AsyncClient) -> None:
        assert (await http.get("/voices/Ada/preview")).content.startswith(b"RIFF")
        assert (await http.get("/voices/nobody/preview")).status_code == 404


class TestCreate:
    @pytest.mark.parametrize("value", [FIRST, SECOND, *LATER])
    async def test_every_version_can(self, http: httpx.AsyncClient, value: str) -> None:
        fields = {"name": "Mine", "description": "d", "embedding": ONES, "language": "de"}
        made = await http.post("/voices/", headers=version(value), json=fields)
        assert made.status_code == 200
        voice = made.json()
        assert (voice["name"], voice["language"], voice["user_id"]) == ("Mine", "de", "local")
        assert (voice["is_owner"], voice["is_public"]) == (True, False)
        if value <= SECOND:
            assert voice["embedding"] == ONES
        assert (await http.get(f"/voices/{voice['id']}", headers=version(value))).json() == voice

    async def test_what_was_made_speaks(self, http: httpx.AsyncClient) -> None:
        voice = await created(http)
        assert (await http.post("/tts/bytes", json=body(voice=voice["id"]))).status_code == 200

    async def test_refusals(self, http: httpx.AsyncClient) -> None:
        for wrong in ({}, {"name": "N"}, {"name": "N", "embedding": [1]}, [], "x"):
            response = await http.post("/voices", headers=version(LATEST), json=wrong)
            assert (response.status_code, response.json()["error_code"]) == (400, "invalid_request")
        form = await http.post("/voices", headers=version(LATEST), data={"name": "N"})
        assert form.status_code == 415


class TestChange:
    async def test_update(self, http: httpx.AsyncClient) -> None:
        id = (await created(http, gender="feminine"))["id"]
        new = {"name": "New", "description": "n"}
        changed = (await http.patch(f"/voices/{id}", headers=version(SECOND), json=new)).json()
        assert (changed["name"], changed["description"], changed["gender"]) == ("New", "n", "feminine")
        reset = (await http.patch(f"/voices/{id}/", headers=version(LATEST), json={"gender": None})).json()
        assert (reset["name"], reset["gender"]) == ("New", None)
        public = (
            await http.patch(f"/voices/{id}", headers=version(LATEST), json={"access": "public"})
        ).json()
        assert (public["access"], public["visibility"], public["is_public"]) == ("public", "all", True)
        assert (await http.get(f"/voices/{id}", headers=version(LATEST))).json() == public

    async def test_delete(self, http: httpx.AsyncClient) -> None:
        id = (await created(http))["id"]
        gone = await http.delete(f"/voices/{id}")
        assert (gone.status_code, gone.content) == (204, b"")
        for again in (await http.get(f"/voices/{id}"), await http.delete(f"/voices/{id}")):
            assert again.status_code == 404

    async def test_names_are_not_enough_to_change(self, http: httpx.AsyncClient) -> None:
        id = (await created(http, "Mine"))["id"]
        assert (await http.delete("/voices/Mine")).status_code == 404
        assert (await http.patch("/voices/Mine", json={"name": "x"})).status_code == 404
        assert (await http.delete(f"/voices/{id}")).status_code == 204

    @pytest.mark.parametrize(
        ("method", "path", "fields"),
        [
            ("PATCH", "", {"name": "x"}), ("DELETE", "", None),
            ("PATCH", "/accents", {"accents": ["british"]}), ("DELETE", "/accents/british", None),
        ],
    )  # fmt: skip
    async def test_built_in_voices_stay_and_unknown_ones_are_unknown(
        self, http: httpx.AsyncClient, method: str, path: str, fields: dict[str, Any] | None
    ) -> None:
        ada = (await http.get("/voices/Ada")).json()["id"]
        for id, status, code in ((ada, 403, "forbidden"), ("nobody", 404, "voice_not_found")):
            response = await http.request(method, f"/voices/{id}{path}", headers=version(LATEST), json=fields)
            assert (response.status_code, response.json()["error_code"]) == (status, code)

    async def test_accents(self, http: httpx.AsyncClient) -> None:
        id = (await created(http, language="en"))["id"]
        added = await http.patch(
            f"/voices/{id}/accents", headers=version(LATEST), json={"accents": ["british", "mexican"]}
        )
        assert [each["locale"] for each in added.json()["locales"]] == ["en", "en-GB", "es-MX"]
        left = await http.delete(f"/voices/{id}/accents/british", headers=version(LATEST))
        assert [each["locale"] for each in left.json()["locales"]] == ["en", "es-MX"]
        again = await http.delete(f"/voices/{id}/accents/british", headers=version(LATEST))
        assert (again.status_code, again.json()["error_code"]) == (404, "not_found")
        wrong = await http.patch(f"/voices/{id}/accents", json={"accents": ["British English"]})
        assert wrong.status_code == 400

    async def test_the_catalogue(self, http: httpx.AsyncClient) -> None:
        accents = (await http.get("/accents/")).json()["accents"]
        assert {"id", "name", "language", "locale", "is_locale_default", "is_localizable"} == accents[
            0
        ].keys()
        locales = (await http.get("/locales")).json()["locales"]
        assert {"locale", "language", "display_name", "accents"} == locales[0].keys()


class TestMix:
    @pytest.mark.parametrize("value", [FIRST, SECOND, *LATER])
    async def test_between_two(self, http: httpx.AsyncClient, value: str) -> None:
        voices = [{"id": "Ada", "weight": 3}, {"embedding": ONES, "weight": 1}]
        mixed = (await http.post("/voices/mix", headers=version(value), json={"voices": voices})).json()
        ada = (await http.get("/voices/Ada", headers=version(FIRST))).json()["embedding"]
        expected = [0.75 * one + 0.25 * other for one, other in zip(ada, ONES, strict=True)]
        assert mixed == {"embedding": pytest.approx(expected)}

    async def test_refusals(self, http: httpx.AsyncClient) -> None:
        unknown = await http.post("/voices/mix", json={"voices": [{"id": "nobody"}]})
        assert unknown.status_code == 404
        for wrong in ([], [{}], [{"id": "Ada", "weight": 0}], [{"embedding": [1.0]}]):
            assert (await http.post("/voices/mix", json={"voices": wrong})).status_code == 400


class TestLocalize:
    async def test_by_language_and_by_accent(self, http: httpx.AsyncClient) -> None:
        old = {"voice_id": "Ada", "name": "N", "description": "d", "language": "pt", "dialect": "br",
               "original_speaker_gender": "female"}  # fmt: skip
        made = (await http.post("/voices/localize", headers=version(SECOND), json=old)).json()
        assert (made["name"], made["language"], made["user_id"]) == ("N", "pt", "local")
        new = {"voice_id": "Ada", "name": "M", "accent": "parisian", "tagline": "t"}
        made = (await http.post("/voices/localize", headers=version(LATEST), json=new)).json()
        assert (made["name"], made["tagline"], made["access"]) == ("M", "t", "private")
        assert (await http.get(f"/voices/{made['id']}")).json()["accent"] == "parisian"

    async def test_refusals(self, http: httpx.AsyncClient) -> None:
        fields = {"voice_id": "nobody", "name": "N", "language": "de"}
        assert (await http.post("/voices/localize", json=fields)).status_code == 404
        for wrong in ({"language": None}, {"dialect": "br"}, {"name": ""}, {"accent": "x"}):
            answer = await http.post("/voices/localize", json={**fields, "voice_id": "Ada", **wrong})
            assert answer.status_code == 400


class TestRetries:
    """A request that is tried again makes no second voice; one that is sent twice makes two."""

    async def post(self, http: httpx.AsyncClient, **headers: str) -> str:
        plain = {name.replace("_", "-"): value for name, value in headers.items()}
        made = await http.post(
            "/voices", headers=plain, json={"name": "Mine", "embedding": ONES, "description": "d"}
        )
        id: str = made.json()["id"]
        return id

    async def test_unmarked_requests_make_voices(self, http: httpx.AsyncClient) -> None:
        assert await self.post(http) != await self.post(http)
        first, second = [await self.post(http, x_stainless_retry_count="0") for _ in range(2)]
        assert first != second

    async def test_a_marked_retry_gets_the_voice_of_the_last_try(self, http: httpx.AsyncClient) -> None:
        await self.post(http, x_stainless_retry_count="0")
        first = await self.post(http, x_stainless_retry_count="0")
        assert await self.post(http, x_stainless_retry_count="1") == first
        assert await self.post(http, x_stainless_retry_count="2") == first

    async def test_clients_that_do_not_mark_retries(self, http: httpx.AsyncClient) -> None:
        first = await self.post(http, x_fern_language="Python")
        assert await self.post(http, x_fern_language="Python") == first

    async def test_a_deleted_voice_is_made_again(self, http: httpx.AsyncClient) -> None:
        first = await self.post(http, x_fern_language="Python")
        await http.delete(f"/voices/{first}")
        assert await self.post(http, x_fern_language="Python") != first

    async def test_keys(self, http: httpx.AsyncClient) -> None:
        first = await self.post(http, idempotency_key="a")
        assert await self.post(http, idempotency_key="a") == first
        assert await self.post(http, idempotency_key="b") != first
        long = await http.post("/voices", headers={"idempotency-key": "x" * 300}, json={})
        assert long.status_code == 400

    async def test_a_retry_waits_for_the_try_that_goes_on(
        self, http: httpx.AsyncClient, provider: ScriptedProvider
    ) -> None:
        create, gate, begun = provider.voices.create, asyncio.Event(), asyncio.Event()
        calls = 0

        async def slow(*arguments: Any) -> Any:
            nonlocal calls
            calls += 1
            begun.set()
            await gate.wait()
            return await create(*arguments)

        provider.voices.create = slow  # type: ignore[method-assign]
        first = asyncio.create_task(self.post(http, x_stainless_retry_count="0"))
        await begun.wait()
        first.cancel()  # its client goes; what it asked for is made all the same
        await asyncio.wait({first})
        second = asyncio.create_task(self.post(http, x_stainless_retry_count="1"))
        while not second.done() and calls == 1:
            await asyncio.sleep(0.01)
            gate.set()
        voices = (await http.get("/voices", params={"is_owner": "true"})).json()["data"]
        assert [voice["id"] for voice in voices] == [await second]


async def test_voices_of_others(provider: ScriptedProvider, http: httpx.AsyncClient) -> None:
    from myna.speech.access import Caller
    from myna.speech.voices import VoiceDraft

    other = await provider.voices.create(VoiceDraft("Theirs", "", tuple(ONES)), Caller("other"))
    shared = await provider.voices.create(
        VoiceDraft("Shared", "", tuple(ONES), is_public=True), Caller("other")
    )
    assert (await http.get(f"/voices/{other.id}")).status_code == 404
    assert (await http.delete(f"/voices/{other.id}")).status_code == 404
    seen = (await http.get(f"/voices/{shared.id}")).json()
    assert (seen["is_owner"], seen["user_id"]) == (False, "other")
    assert (await http.delete(f"/voices/{shared.id}")).status_code == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/datasets/"),
        ("POST", "/fine-tunes/7"), ("GET", "/agents"), ("GET", "/agents/templates"),
    ],
)  # fmt: skip
async def test_what_is_not_offered(http: httpx.AsyncClient, method: str, path: str) -> None:
    response = await http.request(method, path, headers=version(LATEST))
    assert (response.status_code, response.json()["error_code"]) == (501, "not_implemented")
    plain = await http.request(method, path, headers=version("2024-06-10"))
    assert (plain.status_code, plain.text.startswith("Not implemented: ")) == (501, True)


async def test_export_and_import(http: httpx.AsyncClient) -> None:
    made = await created(http, "Mine")
    parcel = await http.post(f"/voices/{made['id']}/export")
    assert (parcel.status_code, parcel.headers["content-type"]) == (200, "application/zip")

    async def brought(key: str, **fields: str) -> httpx.Response:
        files = {"parcel": ("mine.myna-voice", parcel.content)}
        return await http.post("/voices/import", files=files, data=fields, headers={"idempotency-key": key})

    refused = await brought("a")
    assert refused.status_code == 400 and "here already" in refused.text
    second = (await brought("b", anew="true")).json()
    assert second["name"] == "Mine" and second["id"] != made["id"]
    assert (await brought("b", anew="true")).json()["id"] == second["id"]
    assert (await brought("c", anew="maybe")).status_code == 400
    assert (await http.delete(f"/voices/{made['id']}")).status_code == 204
    first = (await brought("d")).json()
    assert first["id"] == made["id"] == (await brought("d")).json()["id"]
    built_in = (await http.get("/voices/Ada")).json()["id"]
    assert (await http.post(f"/voices/{built_in}/export")).status_code == 403
    assert (await http.post("/voices/none/export")).status_code == 404
    damaged = await http.post("/voices/import", files={"parcel": parcel.content[:-40]})
    assert damaged.status_code == 400 and "parcel" in damaged.text
