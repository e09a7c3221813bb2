from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myna.speech.errors import InvalidRequest, ProtocolViolation
from myna.wire.cartesia.codec import (
    decode_body,
    decode_event,
    decode_request,
    encode,
    encode_sse,
    encode_text,
)
from myna.wire.cartesia.messages import (
    BytesRequest,
    Chunk,
    Done,
    Error,
    FlushDone,
    GenerationRequest,
    RawFormat,
    Times,
    Timestamps,
    Unknown,
    VoiceSpecifier,
)

TEXT = st.one_of(st.none(), st.text(max_size=20))


class TestRequests:
    def test_nulls_and_unknown_fields_are_nothing(self) -> None:
        request = decode_request(
            '{"transcript":"x","voice":null,"language":null,"stream":true,"new":{"a":[1]}}'
        )
        assert request == GenerationRequest(transcript="x")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            '{"transcript":"x"',
            "hello",
            "\ufeff{}",
            '{"transcript":"\\ud800"',
            "[" * 100_000,
            '{"continue":"x",',
        ],
    )
    def test_what_is_not_json(self, text: str) -> None:
        with pytest.raises(InvalidRequest) as error:
            decode_request(text)
        assert error.value.context_id is None

    @pytest.mark.parametrize("text", ["[]", "1", "null", '"x"'])
    def test_what_is_not_an_object(self, text: str) -> None:
        with pytest.raises(InvalidRequest, match="object"):
            decode_request(text)

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("transcript", 5),
            ("continue", "yes"),
            ("voice", 5),
            ("output_format", {}),
            ("max_buffer_delay_ms", "1"),
        ],
    )
    def test_a_wrong_type_names_its_field_and_context(self, field: str, value: object) -> None:
        with pytest.raises(InvalidRequest, match=field) as error:
            decode_request(json.dumps({"context_id": "a", "transcript": "x", field: value}))
        assert error.value.context_id == "a"

    @pytest.mark.parametrize(
        "odd", [{"voice": 5}, {"output_format": {}}, {"generation_config": "x"}, {"duration": "long"}]
    )
    def test_a_message_without_text_is_not_checked(self, odd: dict[str, Any]) -> None:
        closing = {"context_id": "a", "transcript": "", "continue": False, **odd}
        expected = GenerationRequest(context_id="a", transcript="", continue_=False)
        assert decode_request(json.dumps(closing)) == expected
        assert decode_request(json.dumps({"context_id": "a", "cancel": True, **odd})).cancel is True

    def test_halves_of_characters_are_left_out(self) -> None:
        text = '{"context_id":"c","transcript":"well \\ud83d done \\ude00","continue":true}'
        assert decode_request(text).transcript == "well  done "
        assert decode_body(text.encode(), BytesRequest).transcript == "well  done "
        assert decode_request(text.replace("\\ud83d done ", "\\ud83d")).transcript == "well \U0001f600"
        with pytest.raises(InvalidRequest, match="flush"):
            decode_request('{"transcript":"\\ud83d","flush":5}')

    def test_invalid_utf8(self) -> None:
        with pytest.raises(InvalidRequest, match="UTF-8"):
            decode_body(b'{"transcript":"\xff"}', BytesRequest)

    def test_bodies(self) -> None:
        body = decode_body(
            b'{"transcript":"x","voice":{"__experimental_controls":{"speed":"slow"}},'
            b'"output_format":{"container":"mp3","sample_rate":44100,"bit_rate":128000}}',
            BytesRequest,
        )
        assert body.output_format == RawFormat(container="mp3", sample_rate=44100, bit_rate=128000)
        assert isinstance(body.voice, VoiceSpecifier) and body.voice.experimental_controls is not None
        with pytest.raises(InvalidRequest, match="sample_rate"):
            decode_body(b'{"output_format":{"container":"raw"}}', BytesRequest)

    @given(
        st.builds(
            GenerationRequest,
            context_id=TEXT,
            transcript=TEXT,
            continue_=st.one_of(st.none(), st.booleans()),
            flush=st.one_of(st.none(), st.booleans()),
            duration=st.one_of(st.none(), st.floats(0, 100)),
        )
    )
    def test_there_and_back(self, request: GenerationRequest) -> None:
        assert decode_request(encode(request)) == request
        assert decode_request(encode_text(request)) == request


class TestEvents:
    @pytest.mark.parametrize(
        "event",
        [
            Chunk(context_id="a", data=b"\x00\x01\xff", step_time=1.5, flush_id=2),
            Timestamps(context_id="a", word_timestamps=Times(words=["x"], start=[0.0], end=[1.0])),
            FlushDone(context_id="a", flush_id=1),
            Done(context_id=None),
            Error(context_id="a", status_code=400, title="No", message="never"),
        ],
    )
    def test_there_and_back(self, event: Any) -> None:
        fields = json.loads(encode(event))
        assert fields["type"] == type(event).type
        assert {"context_id", "status_code", "done"} <= fields.keys()
        assert decode_event(encode_text(event)) == event

    def test_chunk_is_flat_base64_and_leaves_out_an_absent_number(self) -> None:
        fields = json.loads(encode(Chunk(context_id="a", data=b"abc")))
        assert base64.b64decode(fields["data"]) == b"abc"
        assert "flush_id" not in fields
        assert not any(isinstance(value, (dict, list)) for value in fields.values())

    def test_unknown_events_keep_everything(self) -> None:
        event = decode_event('{"type":"laughter","context_id":"a","loud":[1],"done":true}')
        assert event == Unknown(
            type="laughter",
            fields={"type": "laughter", "context_id": "a", "loud": [1], "done": True},
            context_id="a",
            done=True,
        )

    def test_an_error_without_type_is_an_error(self) -> None:
        assert decode_event('{"error":"Title: text","context_id":"a"}') == Error(
            context_id="a", error="Title: text", message="Title: text"
        )

    @pytest.mark.parametrize(
        "text", ["x", "[]", "[" * 100_000, "{}", '{"type":"y",', '{"type":5}', '{"type":"chunk","data":"!"}']
    )
    def test_broken_events(self, text: str) -> None:
        with pytest.raises(ProtocolViolation):
            decode_event(text)
        with pytest.raises(ProtocolViolation) as error:
            decode_event('{"type":"flush_done","context_id":"a"}')
        assert error.value.context_id == "a"

    def test_sse_frame(self) -> None:
        frame = encode_sse(Done(context_id="q1", status_code=200))
        name, data, *rest = frame.decode().split("\n")
        assert (name, rest) == ("event: done", ["", ""])
        assert json.loads(data.removeprefix("data: ")) == {
            "type": "done", "context_id": "q1", "status_code": 200, "done": True,
        }  # fmt: skip


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(
    "type context_id transcript voice continue flush cancel output_format data done error flush_id "
    "generation_config word_timestamps".split()
)
OBJECTS = st.dictionaries(NAMES, st.one_of(JSON, st.sampled_from(["chunk", "error", "flush_done", "x"])))


@given(st.one_of(JSON, OBJECTS).map(json.dumps))
def test_any_json_is_a_message_or_a_typed_error(text: str) -> None:
    try:
        assert isinstance(decode_request(text), GenerationRequest)
    except InvalidRequest as error:
        assert error.message
    try:
        decode_event(text)
    except ProtocolViolation as violation:
        assert violation.message


@given(st.binary(max_size=60))
def test_any_bytes_are_a_message_or_a_typed_error(data: bytes) -> None:
    for decode in (decode_request, decode_event, lambda raw: decode_body(raw, BytesRequest)):
        try:
            decode(data)
        except (InvalidRequest, ProtocolViolation) as error:
            assert error.message
