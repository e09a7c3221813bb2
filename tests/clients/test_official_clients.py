"""The official Python clients of four generations, unmodified, against a real server."""

from __future__ import annotations

import pytest

from tests import sound
from tests.clients.conftest import Reports
from tests.clients.hearing import check_speech, read
from tests.clients.official import CLIENTS, Client

pytestmark = pytest.mark.timeout(240)

FIRST, SECOND, THIRD, FOURTH = CLIENTS


def each(*names: str, clients: list[Client] = CLIENTS) -> pytest.MarkDecorator:
    """Run a test for these programs of every client that has them, a client's programs in one process."""
    return pytest.mark.parametrize(
        ("client", "name"),
        [
            pytest.param(client, name, marks=pytest.mark.xdist_group(f"cartesia-{client.version}"))
            for client in clients
            for name in client.examples()
            if not names or name in names
        ],
        ids=lambda value: value.version if isinstance(value, Client) else str(value),
    )


@each()
def test_every_program_runs(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    assert "error" not in report, report["error"]
    for heard in [report] if "audio" in report else report.get("heard", []):
        check_speech(heard)


@each("timestamps", "sse_timestamps_async")
def test_word_times_are_the_text_s_words_in_order(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    duration = read(report).duration
    start, end = report["start"], report["end"]
    assert sound.words(" ".join(report["words"])) == sound.words(report["text"])
    assert len(start) == len(end) == len(report["words"])
    assert start == sorted(start) and end == sorted(end)
    assert all(0 <= one <= other for one, other in zip(start, end, strict=True))
    assert end[-1] <= duration + 0.01
    assert end[-1] > 0.5 * duration
    if client is not FIRST:
        assert len(report["phonemes"]) > len(report["words"])


@each("flush", clients=[FIRST, SECOND])
def test_a_flush_parts_the_audio(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    whole, first = sum(report["sizes"]), sum(report["sizes"][: report["first"]])
    expected = len(report["parts"][0]) / len(report["text"])
    assert first / whole == pytest.approx(expected, abs=0.2)


@each("flush", clients=[THIRD, FOURTH])
def test_flushes_are_numbered(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    assert report["flushes"] == [1]
    # audio that left before the server had read of the flush bears no number and is of the first segment
    sizes = {int(flush_id): size for flush_id, size in report["bytes_by_flush_id"].items()}
    assert set(sizes) <= {0, 1, 2}
    whole = sum(sizes.values())
    assert 0.2 * whole < sizes[2] < 0.8 * whole


@each("continuations", "continuations_async", clients=[FIRST])
def test_long_speech_begins_long_before_it_ends(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    assert report["times"][0] < 0.6 * report["ended"]


@each("two_contexts", "two_contexts_async", "concurrent_contexts")
def test_contexts_of_one_socket_stay_apart(client: Client, name: str, reports: Reports) -> None:
    heard = reports(client)[name]["heard"]
    lengths = [read(one).duration / len(one["text"]) for one in heard]
    assert max(lengths) / min(lengths) < 1.6, "one context has another's audio"


@each("voices")
def test_voices_are_listed_and_known_by_published_ids(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    ids = [voice["id"] for voice in report["voices"]]
    assert len(ids) == len(set(ids)) >= 40
    assert all(voice["name"] and voice["language"] for voice in report["voices"])
    assert report["name"] in {voice["name"] for voice in report["voices"]}
    if client in (FIRST, SECOND):
        assert len(report["embedding"]) == 192


@each("voices_async", clients=[SECOND, THIRD, FOURTH])
def test_pages_go_on_by_themselves(client: Client, name: str, reports: Reports) -> None:
    all_of_them = {voice["id"] for voice in reports(client)["voices"]["voices"]}
    report = reports(client)[name]
    assert set(report["voices"]) == all_of_them
    assert len(report["voices"]) == len(all_of_them)
    if "first" in report:
        assert report["first"] + report["next"] == report["voices"][: len(report["first"] + report["next"])]
        assert report["next"]


@each("voices_by_page")
def test_pages_have_the_size_asked_for(client: Client, name: str, reports: Reports) -> None:
    sizes = [size for size in reports(client)[name]["sizes"] if size]
    assert sum(sizes) == len(reports(client)["voices"]["voices"])
    assert set(sizes[:-1]) == {7}
    assert sizes[-1] <= 7


@each("unknown_voice", "missing_voice")
def test_an_unknown_voice_is_the_clients_own_error(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    speaking = name == "unknown_voice"
    stainless = "BadRequestError" if speaking else "NotFoundError"
    expected = {"1": "ValueError", "2": "ApiError", "3": stainless, "4": stainless}
    assert report["type"] == expected[client.version[0]]
    assert report.get("status", 400) == (400 if speaking else 404) or client is FIRST
    assert "00000000-0000-4000-8000-000000000000" in report["message"]


@each("error_on_websocket")
def test_an_error_on_the_socket_says_why(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    assert "voice" in report["message"].lower()
    if client is SECOND:
        assert report["type"] == "RuntimeError"
    else:
        assert report["types"] == ["error"]
        assert report["status"] == 400


@each("wrong_key", "wrong_key_websocket")
def test_a_wrong_key_is_refused(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    assert report["type"] is not None
    if "status" in report:
        assert report["status"] == 401
    else:
        assert "401" in report["message"] or "unauthorized" in report["message"].lower(), report


@each("nobody_there")
def test_no_server_is_a_connection_error(client: Client, name: str, reports: Reports) -> None:
    assert reports(client)[name]["type"] == "APIConnectionError"


@each("custom_header")
def test_an_older_version_may_be_asked_for(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    assert report["status"] == 400
    assert "error_code" not in report["message"], "versions before 2026 answer errors with plain text"


@each("raw_response", "custom_request")
def test_raw_responses(client: Client, name: str, reports: Reports) -> None:
    report = reports(client)[name]
    if name == "raw_response":
        assert report["content_type"].startswith("application/json")
        assert report["first"] in report["streamed"]
    else:
        assert report["status"] == 200
        assert report["body"]["name"]


@each("sse")
def test_server_sent_events_end_in_done(client: Client, name: str, reports: Reports) -> None:
    if client is not FIRST:  # its generator gives audio only
        types = reports(client)[name]["types"]
        assert types[-1] == "done"
        assert set(types) == {"chunk", "done"}


@each("controls", clients=[FIRST])
def test_fast_is_faster(client: Client, name: str, reports: Reports) -> None:
    fast, usual = read(reports(client)[name]), read(reports(client)["timestamps"])
    assert fast.duration < 0.95 * usual.duration
