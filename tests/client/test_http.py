"""Calls over HTTP, on both clients."""

from __future__ import annotations

import asyncio
import json
import struct
import threading
import wave

import httpx
import pytest

import myna
from tests.client.driving import client_of, collect
from tests.client.peers import AUDIO, Asked, Reply, chunk, done, error, http_peer

pytestmark = pytest.mark.usefixtures("no_leaks", "no_tasks_left")

REQUEST = {
    "model_id": "sonic-3",
    "transcript": "Good evening.",
    "voice": "11111111-2222-4333-8444-555555555555",
    "output_format": {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 16000},
}
WAV = (
    b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0"
    + struct.pack("<HHIIHH", 1, 1, 16000, 32000, 2, 16)
    + b"data\xff\xff\xff\xff"
)


def sse(*messages: str) -> bytes:
    return b"".join(
        b"event: %b\ndata: %b\n\n" % (json.loads(message)["type"].encode(), message.encode())
        for message in messages
    )


async def test_generate_sends_what_was_given_and_reads_the_audio(side, tmp_path):
    def handle(asked: Asked) -> Reply:
        return Reply(headers={"content-type": "audio/wav"}, body=WAV + AUDIO)

    with http_peer(handle) as server:
        client = client_of(side, base_url=server.url + "/prefix/", api_key="secret", default_query={"a": 1})
        response = await client.tts.generate(
            **REQUEST,
            language="en",
            locale=myna.omit,
            extra_headers={"X-Mine": "1", "X-Cartesia-Client": myna.omit},
            extra_query={"b": ["x", "y"]},
            extra_body={"mood": "sunny"},
        )
        assert response.status_code == 200 and response.headers["content-type"] == "audio/wav"
        assert await response.read() == WAV + AUDIO
        assert b"".join(await collect(response.iter_bytes())) == WAV + AUDIO
        await response.write_to_file(tmp_path / "x.wav")
        await client.close()
    [asked] = server.asked
    assert (asked.method, asked.path) == ("POST", "/prefix/tts/bytes?a=1&b=x&b=y")
    assert asked.json == {**REQUEST, "language": "en", "mood": "sunny"}
    assert asked.headers["authorization"] == "Bearer secret"
    assert asked.headers["cartesia-version"] == "2026-08-14"
    assert asked.headers["x-mine"] == "1" and "x-cartesia-client" not in asked.headers
    with wave.open(str(tmp_path / "x.wav")) as written:
        assert (written.getnframes(), written.getframerate()) == (len(AUDIO) // 2, 16000)


async def test_the_body_can_be_streamed_to_a_file_whose_sizes_are_true(side, tmp_path):
    def handle(asked: Asked) -> Reply:
        return Reply(pieces=[WAV[:10], WAV[10:], AUDIO[:100], AUDIO[100:]])

    with http_peer(handle) as server:
        client = client_of(side, base_url=server.url)
        async with client.tts.with_streaming_response.generate(**REQUEST) as response:
            await response.stream_to_file(tmp_path / "x.wav")
        await client.close()
    with wave.open(str(tmp_path / "x.wav")) as written:
        assert written.readframes(10**6) == AUDIO


async def test_raw_responses_have_headers_and_parse(side):
    def handle(asked: Asked) -> Reply:
        return Reply(headers={"x-request-id": "r9"}, body=b'{"ok": true, "version": "2026-08-14", "new": 1}')

    with http_peer(handle) as server:
        client = client_of(side, base_url=server.url)
        raw = await client.with_raw_response.get_status()
        assert raw.headers["x-request-id"] == raw.request_id == "r9"
        status = await raw.parse()
        assert (status.ok, status.version, status.new, status["new"]) == (True, "2026-08-14", 1, 1)
        assert status.model_extra == {"new": 1} and (await raw.parse(to=dict))["new"] == 1
        assert (await client.get_status()).ok
        async with client.with_streaming_response.get_status() as streamed:
            assert (await streamed.json())["ok"] is True
        await client.close()


async def test_events_come_out_of_a_stream(side):
    whole = b": hello\r\n\r\n" + sse(chunk("q"), chunk(None, b""), done("q"))

    def handle(asked: Asked) -> Reply:
        return Reply(pieces=[whole[:3], whole[3:40], whole[40:5600], whole[5600:]])

    with http_peer(handle) as server:
        client = client_of(side, base_url=server.url)
        stream = await client.tts.generate_sse(**REQUEST, add_timestamps=True, context_id="q")
        events = await collect(stream)
        assert [event.type for event in events] == ["chunk", "chunk", "done"]
        assert events[0].audio == AUDIO and events[1].audio is None
        raw = await client.tts.with_raw_response.generate_sse(**REQUEST)
        assert len(await collect(await raw.parse())) == 3
        async with client.tts.with_streaming_response.sse(**REQUEST) as response:
            assert len(await collect(await response.parse())) == 3
        await client.close()
    assert server.asked[0].json["add_timestamps"] is True
    assert server.asked[0].headers["accept"] == "text/event-stream"


async def test_a_stream_that_breaks_off_raises(side):
    replies = [
        Reply(pieces=[sse(chunk("q"))], cut=True),
        Reply(pieces=[sse(chunk("q"))]),
        Reply(pieces=[sse(chunk("q"), error("q"))]),
    ]

    with http_peer(lambda asked: replies.pop(0)) as server:
        client = client_of(side, base_url=server.url)
        for _ in range(2):
            with pytest.raises(myna.ConnectionLost):
                await collect(await client.tts.generate_sse(**REQUEST))
        events = await collect(await client.tts.generate_sse(**REQUEST))
        assert events[-1].type == "error" and events[-1].message == "No voice has this id."
        await client.close()


STATUSES = [
    (400, myna.BadRequestError, myna.InvalidRequest),
    (401, myna.AuthenticationError, myna.AuthError),
    (402, myna.APIStatusError, myna.MynaError),
    (403, myna.PermissionDeniedError, myna.PermissionDenied),
    (404, myna.NotFoundError, myna.NotFound),
    (409, myna.ConflictError, myna.RequestRejected),
    (422, myna.UnprocessableEntityError, myna.InvalidRequest),
    (429, myna.RateLimitError, myna.Overloaded),
    (500, myna.InternalServerError, myna.CartesiaError),
    (503, myna.InternalServerError, myna.APIError),
]


@pytest.mark.parametrize(("status", "kind", "family"), STATUSES)
async def test_each_status_has_its_error(side, status, kind, family):
    body = b'{"error_code": "odd", "title": "Odd", "message": "Very odd.", "request_id": "r7"}'

    with http_peer(lambda asked: Reply(status=status, headers={"retry-after": "7"}, body=body)) as server:
        client = client_of(side, base_url=server.url, max_retries=0)
        with pytest.raises(kind) as caught:
            await client.get_status()
        await client.close()
    problem = caught.value
    assert type(problem) is kind and isinstance(problem, family) and isinstance(problem, myna.MynaError)
    assert problem.status_code == status and problem.response.status_code == status
    assert (
        problem.body["message"] == "Very odd." and problem.error_code == "odd" and problem.request_id == "r7"
    )
    assert problem.message.startswith(f"Error code: {status} - ")
    if kind is myna.RateLimitError:
        assert problem.retry_after == 7.0


async def test_text_bodies_of_older_versions_are_the_message(side):
    with http_peer(lambda asked: Reply(status=400, body=b"Unknown voice: No such id.\n")) as server:
        client = client_of(side, base_url=server.url)
        with pytest.raises(myna.BadRequestError, match="Unknown voice: No such id") as caught:
            await client.voices.get("x")
        await client.close()
    assert caught.value.body == "Unknown voice: No such id."


@pytest.mark.parametrize("status", [408, 409, 429, 500, 503])
async def test_passing_trouble_is_tried_again(side, status):
    replies = [Reply(status=status, headers={"retry-after-ms": "1"})] * 2 + [Reply(body=b'{"ok": true}')]

    with http_peer(lambda asked: replies.pop(0)) as server:
        client = client_of(side, base_url=server.url)
        raw = await client.with_raw_response.get_status()
        assert raw.retries_taken == 2
        await client.close()


@pytest.mark.parametrize(("status", "asked", "tries"), [(500, "false", 1), (400, "true", 3), (400, None, 1)])
async def test_the_server_decides_about_trying_again(side, status, asked, tries):
    headers = {"retry-after-ms": "1", **({"x-should-retry": asked} if asked else {})}
    with http_peer(lambda asked: Reply(status=status, headers=headers)) as server:
        client = client_of(side, base_url=server.url)
        with pytest.raises(myna.APIStatusError):
            await client.get_status()
        await client.close()
    assert len(server.asked) == tries


async def test_no_connection(side, free_port):
    client = client_of(side, base_url=f"localhost:{free_port}", max_retries=0)
    with pytest.raises(myna.APIConnectionError) as caught:
        await client.get_status()
    assert isinstance(caught.value, myna.ConnectionLost) and caught.value.__cause__ is not None
    with pytest.raises(myna.APIConnectionError):
        await client.tts.websocket_connect().enter()
    await client.close()


async def test_a_silent_server_is_given_up(side):
    release = threading.Event()
    with http_peer(lambda asked: Reply(wait=release)) as server:
        client = client_of(side, base_url=server.url, max_retries=0, timeout=0.1)
        for options in ({}, {"timeout": httpx.Timeout(5.0, read=0.1)}):
            with pytest.raises(myna.APITimeoutError) as caught:
                await client.tts.generate(**REQUEST, **options)
        assert isinstance(caught.value, myna.DeadlineExceeded) and isinstance(caught.value, TimeoutError)
        release.set()
        await client.close()


def voices(asked: Asked) -> Reply:
    query = httpx.QueryParams(asked.path.partition("?")[2])
    names = [f"v{number}" for number in range(7)]
    limit = int(query.get("limit", 3))
    start = names.index(query["starting_after"]) + 1 if "starting_after" in query else 0
    page = names[start : start + limit]
    data = [{"id": name, "name": name.upper(), "created_at": "2026-01-02T03:04:05Z"} for name in page]
    return Reply(body=json.dumps({"data": data, "has_more": start + limit < 7}).encode())


async def test_voices_come_page_by_page(side):
    with http_peer(voices) as server:
        client = client_of(side, base_url=server.url)
        page = client.voices.list(limit=3, gender=None, expand=["preview_file_url"])
        page = await page
        assert [voice.id for voice in page.data] == ["v0", "v1", "v2"]
        assert page.data[0].name == "V0" and page.data[0].created_at.year == 2026
        assert page.data[0].tagline is None and page.data[0]["name"] == "V0"
        assert page.has_next_page() and page.next_page_info() == {"starting_after": "v2"}
        assert page.starting_after == "v2"
        assert [voice.id for voice in await collect(page)] == [f"v{number}" for number in range(7)]
        last = await (await page.get_next_page()).get_next_page()
        assert not last.has_next_page()
        await client.close()
    assert server.asked[0].path == "/voices?expand%5B%5D=preview_file_url&limit=3"


async def test_a_bare_list_of_the_oldest_version_is_one_page(side):
    with http_peer(lambda asked: Reply(body=b'[{"id": "a", "embedding": [1.0]}]')) as server:
        client = client_of(side, base_url=server.url, default_headers={"Cartesia-Version": "2024-06-10"})
        [voice] = await collect(await client.voices.list())
        assert voice.embedding == [1.0]
        await client.close()
    assert server.asked[0].headers["cartesia-version"] == "2024-06-10"
    assert len(server.asked) == 1


async def test_custom_calls(side):
    def handle(asked: Asked) -> Reply:
        return Reply(body=json.dumps({"did": asked.method, "path": asked.path}).encode())

    class Mine(myna.BaseModel):
        did: str
        missing: int | None

    with http_peer(handle) as server:
        client = client_of(side, base_url=server.url)
        mine = await client.post("/x", cast_to=Mine, body={"a": 1}, options={"params": {"q": 2}})
        assert (mine.did, mine.missing, mine.path) == ("POST", None, "/x?q=2")
        assert (await client.get("/y", cast_to=dict))["did"] == "GET"
        assert (await client.get("/y", cast_to=httpx.Response)).status_code == 200
        assert await client.delete("/z", cast_to=myna.NoneType) is None
        with pytest.raises(myna.APIResponseValidationError):
            await client.get("/y", cast_to=list)
        await client.close()
    assert server.asked[0].json == {"a": 1}


async def test_options_can_be_changed_for_a_copy(side):
    with http_peer(lambda asked: Reply(body=b'{"ok": true}')) as server:
        client = client_of(side, base_url=server.url, api_key="one", default_headers={"X-A": "1"})
        other = client.with_options(
            api_key="two", timeout=3.0, max_retries=5, default_headers={"X-B": "2"}, default_query={"q": "z"}
        )
        await client.get_status()
        await other.get_status()
        assert (other.timeout, other.max_retries, other.api_key) == (3.0, 5, "two")
        assert (client.max_retries, client.timeout) == (2, httpx.Timeout(60.0, connect=5.0))
        with pytest.raises(ValueError):
            client.copy(default_headers={}, set_default_headers={})
        await client.close()
        assert client.is_closed() and other.is_closed()
    plain, changed = server.asked
    assert plain.headers["authorization"] == "Bearer one" and plain.headers["x-a"] == "1"
    assert changed.headers["authorization"] == "Bearer two"
    assert (changed.headers["x-a"], changed.headers["x-b"], changed.path) == ("1", "2", "/?q=z")


async def test_a_client_of_httpx_of_ones_own(side):
    def handle(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"ok": True, "version": request.url.path})

    kind = httpx.Client if side == "sync" else httpx.AsyncClient
    client = client_of(
        side, base_url="http://nowhere.invalid/api", http_client=kind(transport=httpx.MockTransport(handle))
    )
    assert (await client.get_status()).version == "/api/"
    await client.close()


@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_client_may_be_used_on_one_event_loop_after_the_other():
    with http_peer(lambda asked: Reply(body=b'{"ok": true}')) as server:
        client = myna.AsyncMyna(base_url=server.url, max_retries=0)

        async def ask() -> bool:
            return (await client.get_status()).ok

        assert [asyncio.run(ask()) for _ in range(3)] == [True] * 3
        asyncio.run(client.close())
