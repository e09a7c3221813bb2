from __future__ import annotations

import httpx
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from myna.conversation.making import Making
from myna.conversation.table import calls
from myna.server.app import create_app
from myna.server.openapi import document
from myna.testing.provider import Script, ScriptedProvider
from myna.testing.server import Running
from tests.server.conftest import LATEST, body


async def test_health_and_readiness(http: httpx.AsyncClient, server: Running) -> None:
    assert (await http.get("/healthz")).text == "ok\n"
    assert (await http.get("/readyz")).status_code == 200
    server.house.draining = True
    assert (await http.get("/readyz")).status_code == 503
    assert (await http.get("/healthz")).status_code == 200
    refused = await http.post("/tts/bytes", json=body())
    assert (refused.status_code, "shutting down" in refused.text) == (503, True)


async def test_metrics(http: httpx.AsyncClient) -> None:
    await http.post("/tts/bytes", json=body())
    await http.post("/tts/bytes", json=body(voice="nobody"))
    await http.get("/nowhere/at/all")
    text = (await http.get("/metrics")).text
    assert 'myna_requests_total{method="POST",route="/tts/bytes",status="200"} 1.0' in text
    assert 'myna_requests_total{method="POST",route="/tts/bytes",status="400"} 1.0' in text
    assert 'route="unknown",status="404"' in text
    assert "myna_audio_seconds_total 0.4" in text
    assert "myna_contexts 0.0" in text
    assert "myna_tasks 0.0" not in text and "myna_tasks " in text
    assert "myna_first_audio_seconds_count 1.0" in text
    assert "nowhere" not in text, "paths that clients make up must not become series"


async def test_documentation(http: httpx.AsyncClient) -> None:
    described = (await http.get("/openapi.json")).json()
    assert {"/", "/tts/bytes", "/tts/sse", "/voices", "/voices/{id}"} <= described["paths"].keys()
    assert {"GenerationRequest", "Chunk", "Error"} <= described["components"]["schemas"].keys()
    docs = await http.get("/docs")
    assert "WS /tts/websocket" in docs.text


def test_every_reference_leads_somewhere() -> None:
    described = document(calls(ScriptedProvider(), Making()))
    known = described["components"]["schemas"]

    def follow(node: object) -> None:
        if isinstance(node, dict):
            if "$ref" in node:
                assert str(node["$ref"]).rpartition("/")[2] in known
            for value in node.values():
                follow(value)
        elif isinstance(node, list):
            for value in node:
                follow(value)

    follow(described)


schema = schemathesis.openapi.from_asgi(
    "/openapi.json", create_app(ScriptedProvider(Script(word_seconds=0.01)))
)


@schema.parametrize()
@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_description_is_true(case: schemathesis.Case) -> None:
    case.headers = {**(case.headers or {}), "cartesia-version": LATEST}
    response = case.call()
    if response.status_code == 501:  # known to the wire, not to the description
        return
    assert response.status_code < 500, response.text
    # a valid request may name a voice or model that does not exist, an odd one may be taken leniently
    case.validate_response(response, excluded_checks=[positive_data_acceptance, negative_data_rejection])
