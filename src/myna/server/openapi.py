"""The description of the API, made from the messages themselves."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import Any, get_args, get_origin

import msgspec

from myna.conversation.calls import AUDIO, Call
from myna.speech.formats import BIT_RATES, CONTAINERS, ENCODINGS, SAMPLE_RATES
from myna.speech.voices import EMBEDDING_SIZE
from myna.wire.cartesia.changing.lifecycle import CHANGING
from myna.wire.cartesia.changing.queries import CHANGING_QUERY
from myna.wire.cartesia.changing.server import ChangedMessage
from myna.wire.cartesia.errors import ErrorBody
from myna.wire.cartesia.listening.lifecycle import MANUAL, TURNS
from myna.wire.cartesia.listening.messages import TranscriptMessage, TurnCommand, TurnMessage
from myna.wire.cartesia.listening.queries import MANUAL_QUERY, TURNS_QUERY
from myna.wire.cartesia.messages import BytesRequest, GenerationRequest, ServerMessage, SseRequest
from myna.wire.cartesia.versions import LATEST_VERSION, VERSIONS
from myna.wire.openai.errors import OpenAiErrorBody
from myna.wire.openai.speech import FASTEST, FORMATS, SLOWEST, SpeechBody
from myna.wire.openai.transcriptions import MEDIA_TYPES

_REF = "#/components/schemas/{name}"


def document(calls: Iterable[Call]) -> dict[str, Any]:
    """The OpenAPI 3.1 document; `calls` are those of the table."""
    calls = tuple(call for call in calls if not call.alias)
    kinds = [
        BytesRequest,
        SseRequest,
        GenerationRequest,
        ErrorBody,
        ServerMessage,
        SpeechBody,
        OpenAiErrorBody,
    ]
    kinds += [TranscriptMessage, TurnMessage, TurnCommand]
    for call in calls:
        kinds += [call.takes] if call.takes else []
        kinds += call.gives if isinstance(call.gives, tuple) else []
    _, components = msgspec.json.schema_components(kinds, ref_template=_REF)
    _narrow(components)
    paths = {**_speech(), **_called(calls, components), **_operations()}
    _tell_openai(paths)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Myna",
            "version": LATEST_VERSION,
            "description": (
                "Speech from this server, on the wire that Cartesia's clients speak. The WebSocket at "
                "/tts/websocket takes GenerationRequest and answers with Chunk, Timestamps, "
                "PhonemeTimestamps, FlushDone, Done and Error, each as JSON in a text frame. Those at "
                "/stt/websocket and /stt/turns/websocket take audio in binary frames, with the query that "
                "x-sockets describes; the words finalize and done or close, or TurnCommand as JSON, in text "
                "frames; and answer with the messages that are named there. The one at "
                "/voice-changer/websocket takes audio in the same way and the words done, close and cancel, "
                "and answers with audio in another voice."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"bearer": []}, {"key": []}, {"query_key": []}, {"query_token": []}, {}],
        "paths": paths,
        "x-sockets": _sockets(),
        "components": {
            "schemas": components,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "query_key": {"type": "apiKey", "in": "query", "name": "api_key"},
                "query_token": {"type": "apiKey", "in": "query", "name": "access_token"},
            },
        },
    }


def page(calls: Iterable[Call]) -> str:
    """A page that lists what the server offers."""
    rows = [
        f"<tr><td><code>{method.upper()} {escape(path)}</code><td>{escape(operation['summary'])}"
        for path, operations in document(calls)["paths"].items()
        for method, operation in operations.items()
    ]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>Myna</title>"
        "<style>body{font:16px/1.5 sans-serif;max-width:50rem;margin:3rem auto;padding:0 1rem}"
        "td{padding:.2rem 1rem .2rem 0;vertical-align:top}</style>"
        "<h1>Myna</h1><p>This server speaks, listens and changes voices. The exact description is "
        "<a href=openapi.json>openapi.json</a>.<table>"
        + "".join(rows)
        + "<tr><td><code>WS /tts/websocket</code><td>Many streams of speech on one connection; "
        "messages are JSON in text frames of at most 1 MiB."
        "<tr><td><code>WS /stt/websocket</code><td>Listen: audio in binary frames, transcripts as JSON."
        "<tr><td><code>WS /stt/turns/websocket</code><td>Listen and find the turns of who speaks."
        f"<tr><td><code>WS {CHANGING.path}</code><td>Live audio in another voice: audio in binary frames, "
        "chunks as JSON or binary frames."
        "</table></html>"
    )


def _tell_openai(paths: dict[str, Any]) -> None:
    """Paths of OpenAI's clients have errors of their own; those without a version have both kinds."""
    for path, operations in paths.items():
        if not path.startswith(("/v1/", "/audio/")):
            continue
        for operation in operations.values():
            kinds: list[type[msgspec.Struct]] = (
                [OpenAiErrorBody] if path.startswith("/v1/") else [OpenAiErrorBody, ErrorBody]
            )
            failure = _content({"anyOf": [_schema(kind) for kind in kinds]})
            if ErrorBody in kinds:
                failure |= {"text/plain": {"schema": {"type": "string"}}}
            operation["responses"]["default"] = {"description": "An error", "content": failure}


def _narrow(components: dict[str, Any]) -> None:
    """Add the closed sets of values, which the messages leave to a later check."""
    embedding = {"minItems": EMBEDDING_SIZE, "maxItems": EMBEDDING_SIZE}
    for name in ("CreateVoice", "EmbeddingObject"):
        components[name]["properties"]["embedding"].update(embedding)
    fields = components["RawFormat"]["properties"]
    fields["container"]["enum"] = list(CONTAINERS)
    fields["sample_rate"]["enum"] = list(SAMPLE_RATES)
    fields["encoding"] = {"enum": [*ENCODINGS, None], "default": None}
    fields["bit_rate"] = {"enum": [*BIT_RATES, None], "default": None}
    speech = components["SpeechBody"]["properties"]
    speech["input"]["minLength"] = speech["model"]["minLength"] = 1
    speech["response_format"] = {"enum": [*FORMATS, None], "default": None}
    speech["stream_format"] = {"enum": ["audio", "sse", None], "default": None}
    speech["speed"] = {"type": ["number", "null"], "minimum": SLOWEST, "maximum": FASTEST, "default": None}
    for name in ("InfillForm", "ChangingForm"):
        asked = components[name]["properties"]
        asked["output_format[container]"]["enum"] = list(CONTAINERS)
        asked["output_format[sample_rate]"]["enum"] = list(SAMPLE_RATES)
    form = components["OpenAiTranscriptionForm"]["properties"]
    form["response_format"]["enum"] = list(MEDIA_TYPES)
    form["stream"]["enum"] = ["true", "false", ""]
    for name in ("BytesRequest", "SseRequest"):
        components[name]["required"] = ["model_id", "transcript", "voice", "output_format"]
        properties = components[name]["properties"]
        properties["model_id"] = properties["transcript"] = {"type": "string", "minLength": 1}
        properties["output_format"] = {"$ref": _REF.format(name="RawFormat")}
        properties["voice"] = {
            "anyOf": [{"type": "string", "minLength": 1}, {"$ref": _REF.format(name="VoiceSpecifier")}]
        }


def _speech() -> dict[str, Any]:
    audio = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in AUDIO}
    events = {"text/event-stream": {"schema": {"type": "string"}}}
    return {
        "/tts/bytes": {
            "post": _operation("Speak a text as audio, streamed as it is made", audio, BytesRequest)
        },
        "/tts/sse": {
            "post": _operation("Speak a text as server-sent events, with word times", events, SseRequest)
        },
        "/v1/audio/speech": {
            "post": _operation(
                "Speak a text for OpenAI's clients", {**_openai_audio(), "text/event-stream": {}}, SpeechBody
            )
        },
    }


def _openai_audio() -> dict[str, Any]:
    kinds = {format.media_type for format in FORMATS.values()} | {"audio/pcm"}
    return {kind: {"schema": {"type": "string", "format": "binary"}} for kind in sorted(kinds)}


def _sockets() -> dict[str, Any]:
    """The sockets that take live audio: OpenAPI has no place for them."""
    return {
        path: {
            "summary": summary,
            "parameters": [_parameter(each.name, dict(each.schema)) for each in query],
            "messages": [_schema(kind) for kind in get_args(messages)],
        }
        for path, summary, query, messages in (
            (MANUAL.path, "Listen; what is said is final when asked for", MANUAL_QUERY, TranscriptMessage),
            (TURNS.path, "Listen; turns are found", TURNS_QUERY, TurnMessage),
            (CHANGING.path, "Give live audio another voice", CHANGING_QUERY, ChangedMessage),
        )
    }


def _called(calls: Iterable[Call], components: dict[str, Any]) -> dict[str, Any]:
    paths: dict[str, Any] = {}
    for call in calls:
        places = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            for name in re.findall(r"\{(\w+)\}", call.path)
        ]
        parameters = [*places, *(_parameter(each.name, dict(each.schema)) for each in call.query)]
        operation = _operation(call.summary, _given(call), parameters=parameters)
        if call.gives is None:
            operation["responses"]["204"] = {"description": "Done"}
            del operation["responses"]["200"]
        if call.takes is not None:
            body = _form(call, components) if call.files else _content(_schema(call.takes))
            operation["requestBody"] = {"required": True, "content": body}
        paths.setdefault(call.path, {})[call.method.lower()] = operation
    return paths


def _given(call: Call) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    if isinstance(call.gives, str):
        binary = {"schema": {"type": "string", "format": "binary"}}
        return {kind: binary for kind in (call.gives, *call.also)}
    _, *rest = schemas = [_schema_of(kind) for kind in call.gives or (None,)]
    others = {kind: {} if kind.endswith("event-stream") else text for kind in call.also}
    return {**_content({"anyOf": schemas} if rest else schemas[0]), **others}


def _form(call: Call, components: dict[str, Any]) -> dict[str, Any]:
    texts = components[getattr(call.takes, "__name__", "")]
    files = {name: {"type": "string", "format": "binary"} for name in call.files}
    schema = {
        "type": "object",
        "properties": {**files, **texts["properties"]},
        "required": [*(name for name in call.files if name not in call.spare), *texts.get("required", ())],
    }
    if call.spare:
        schema["anyOf"] = [{"required": [name]} for name in call.spare]
    return {"multipart/form-data": {"schema": schema}}


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


def _schema_of(kind: Any) -> dict[str, Any]:
    if get_origin(kind) is list:
        return {"type": "array", "items": _schema(*get_args(kind))}
    return {} if kind is None else _schema(kind)


def _schema(kind: type[msgspec.Struct]) -> dict[str, Any]:
    return {"$ref": _REF.format(name=kind.__name__)}
