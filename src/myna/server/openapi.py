"""The description of the API, made from the messages themselves."""

from __future__ import annotations

from html import escape
from typing import Any

import msgspec

from myna.speech.formats import BIT_RATES, CONTAINERS, ENCODINGS, SAMPLE_RATES
from myna.wire.cartesia.errors import ErrorBody
from myna.wire.cartesia.messages import BytesRequest, GenerationRequest, ServerMessage, SseRequest
from myna.wire.cartesia.versions import LATEST_VERSION, VERSIONS
from myna.wire.cartesia.voices import DEFAULT_LIMIT, MAX_LIMIT, VoiceObject, VoicePage

_LIMIT = f"Voices on a page, 1 to {MAX_LIMIT}; another number is taken as the nearer of these."
_REF = "#/components/schemas/{name}"


def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    kinds = (BytesRequest, SseRequest, GenerationRequest, VoiceObject, VoicePage, ErrorBody, ServerMessage)
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    _narrow(components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Myna",
            "version": LATEST_VERSION,
            "description": (
                "Speech from this server, on the wire that Cartesia's clients speak. The WebSocket at "
                "/tts/websocket takes GenerationRequest and answers with Chunk, Timestamps, "
                "PhonemeTimestamps, FlushDone, Done and Error, each as JSON in a text frame."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"bearer": []}, {"key": []}, {}],
        "paths": {**_speech(), **_voices(), **_operations()},
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def page() -> str:
    """A page that lists what the server offers."""
    rows = [
        f"<tr><td><code>{method.upper()} {escape(path)}</code><td>{escape(operation['summary'])}"
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    ]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Myna</title>"
        "<style>body{font:16px/1.5 sans-serif;max-width:50rem;margin:3rem auto;padding:0 1rem}"
        "td{padding:.2rem 1rem .2rem 0;vertical-align:top}</style>"
        "<h1>Myna</h1><p>This server speaks. The exact description is "
        "<a href=openapi.json>openapi.json</a>.<table>"
        + "".join(rows)
        + "<tr><td><code>WS /tts/websocket</code><td>Many streams of speech on one connection; "
        "messages are JSON in text frames of at most 1 MiB.</table></html>"
    )


def _narrow(components: dict[str, Any]) -> None:
    """Add the closed sets of values, which the messages leave to a later check."""
    fields = components["RawFormat"]["properties"]
    fields["container"]["enum"] = list(CONTAINERS)
    fields["sample_rate"]["enum"] = list(SAMPLE_RATES)
    fields["encoding"] = {"enum": [*ENCODINGS, None], "default": None}
    fields["bit_rate"] = {"enum": [*BIT_RATES, None], "default": None}
    for name in ("BytesRequest", "SseRequest"):
        components[name]["required"] = ["model_id", "transcript", "voice", "output_format"]
        properties = components[name]["properties"]
        properties["model_id"] = properties["transcript"] = {"type": "string", "minLength": 1}
        properties["output_format"] = {"$ref": _REF.format(name="RawFormat")}
        properties["voice"] = {
            "anyOf": [{"type": "string", "minLength": 1}, {"$ref": _REF.format(name="VoiceSpecifier")}]
        }


def _speech() -> dict[str, Any]:
    audio = {
        kind: {"schema": {"type": "string", "format": "binary"}}
        for kind in ("audio/wav", "audio/mpeg", "application/octet-stream")
    }
    events = {"text/event-stream": {"schema": {"type": "string"}}}
    return {
        "/tts/bytes": {
            "post": _operation("Speak a text as audio, streamed as it is made", audio, BytesRequest)
        },
        "/tts/sse": {
            "post": _operation("Speak a text as server-sent events, with word times", events, SseRequest)
        },
    }


def _voices() -> dict[str, Any]:
    parameters = [
        _parameter("limit", {"type": "integer", "default": DEFAULT_LIMIT, "description": _LIMIT}),
        _parameter("starting_after", {"type": "string"}),
        _parameter("ending_before", {"type": "string"}),
        _parameter("is_owner", {"type": "boolean"}),
        _parameter("gender", {"enum": ["masculine", "feminine", "gender_neutral"]}),
        _parameter("q", {"type": "string"}),
        _parameter("expand[]", {"type": "array", "items": {"type": "string"}}),
    ]
    several = {"oneOf": [_schema(VoicePage), {"type": "array", "items": _schema(VoiceObject)}]}
    identifier = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
    return {
        "/voices": {"get": _operation("List voices", _content(several), parameters=parameters)},
        "/voices/{id}": {
            "get": _operation("Get one voice", _content(_schema(VoiceObject)), parameters=[identifier])
        },
    }


def _operations() -> dict[str, Any]:
    status = {
        "type": "object",
        "required": ["ok", "version"],
        "properties": {"ok": {"const": True}, "version": {"enum": list(VERSIONS)}},
    }
    text = {"text/plain": {"schema": {"type": "string"}}}
    ready = _operation("Whether speech can begin now", text)
    ready["responses"]["503"] = {"description": "Not ready", "content": text}
    return {
        "/": {"get": _operation("Status", _content(status))},
        "/healthz": {"get": _operation("Whether the process answers", text)},
        "/readyz": {"get": ready},
        "/metrics": {"get": _operation("Numbers for Prometheus", text)},
    }


def _operation(
    summary: str,
    content: dict[str, Any],
    body: type[msgspec.Struct] | None = None,
    *,
    parameters: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    version = {
        "name": "Cartesia-Version",
        "in": "header",
        "schema": {"type": "string", "format": "date", "examples": list(VERSIONS)},
    }
    failure = {
        "description": "An error: an object from 2026-03-01 on, one line of text before",
        "content": {
            "application/json": {"schema": _schema(ErrorBody)},
            "text/plain": {"schema": {"type": "string"}},
        },
    }
    operation: dict[str, Any] = {
        "summary": summary,
        "parameters": [version, *(parameters or [])],
        "responses": {"200": {"description": summary, "content": content}, "default": failure},
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": _content(_schema(body))}
    return operation


def _parameter(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema}


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {"$ref": _REF.format(name=kind.__name__)}
