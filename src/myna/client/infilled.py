"""Speech between recordings: how it is asked for in all generations, and how the three become one."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from myna.client.calls import Call, Extras
from myna.client.errors import InvalidCall
from myna.client.params import TTSInfillParams
from myna.client.sentinels import Omit, omit
from myna.client.settings import API_VERSION
from myna.speech.errors import MynaError

if TYPE_CHECKING:
    from myna.client.uploads import FileParam
    from myna.speech.events import AudioChunk

PathParam: TypeAlias = str | os.PathLike[str]
Audio: TypeAlias = bytes
Infilled: TypeAlias = tuple[bytes, bytes]
"""The speech, and the speech with the recordings around it."""

CONTROLS_VERSION = "2024-11-13"
"""Newest API version with `voice.__experimental_controls`."""
_GROUPS = {
    "output_format_": "output_format",
    "voice_experimental_controls_": "experimental_voice_controls",
}
_LONGEST_SECONDS = 12 * 3600.0


def infill_call(
    left: FileParam | Omit | None, right: FileParam | Omit | None, asked: TTSInfillParams
) -> Call:
    """The call that has the gap between two recordings filled.

    Raises:
        InvalidCall: both recordings are missing, one cannot be read, or the voice is no id.
        TypeError: an argument does not exist.
    """
    given: dict[str, Any] = dict(asked)
    for name in given.keys() - TTSInfillParams.__annotations__.keys():
        raise TypeError(f"There is no argument {name!r}; `extra_body` takes fields of your own.")
    extras = {name: given.pop(name) for name in Extras.__annotations__ if name in given}
    sides = (("left_audio", left), ("right_audio", right))
    files = {name: side for name, side in sides if side is not None and not isinstance(side, Omit)}
    if not files:
        raise InvalidCall("left_audio and right_audio are both missing; give at least one recording.")
    id, controls = _voice(given.pop("voice", omit))
    controls = given.pop("experimental_voice_controls", None) or controls
    fields = {name: omit if value is None else value for name, value in given.items()}
    fields.setdefault("voice_id", id)
    if controls:
        fields["voice"] = {"__experimental_controls": dict(controls)}
    version = CONTROLS_VERSION if controls else API_VERSION
    return Call.of(
        "POST", "/infill/bytes", fields, accept="audio/wav", files=files, version=version, **extras
    )


def path_call(left: PathParam | None, right: PathParam | None, asked: TTSInfillParams) -> Call:
    """The same in the form of the first two generations, whose answer is put between the recordings.

    Raises:
        InvalidCall: as from `infill_call`, or the format is one that cannot be put together.
        TypeError: an argument does not exist.
    """
    if _container(asked) == "raw":
        raise InvalidCall("Raw audio cannot be put between recordings; ask for wav or mp3 here.")
    return infill_call(left, right, asked)


def asked_of(fields: Mapping[str, object], extras: Extras | None = None) -> TTSInfillParams:
    """The arguments of `tts.infill` for those of the second generation, whose groups are prefixes.

    Example:
        >>> asked_of({"voice_id": "Ada", "output_format_container": "wav", "language": None})
        {'voice_id': 'Ada', 'output_format': {'container': 'wav'}}
    """
    groups: dict[str, dict[str, object]] = {name: {} for name in _GROUPS.values()}
    asked: dict[str, object] = {}
    for name, value in fields.items():
        if value is None or isinstance(value, Omit):
            continue
        prefix = next((each for each in _GROUPS if name.startswith(each)), None)
        if prefix is None:
            asked[name] = value
        else:
            groups[_GROUPS[prefix]][name.removeprefix(prefix)] = value
    asked |= {name: group for name, group in groups.items() if group}
    return cast(TTSInfillParams, {**asked, **(extras or {})})


def paths(
    form: str,
    left: PathParam | Omit | None,
    right: PathParam | Omit | None,
    *files: FileParam | Omit | None,
) -> tuple[PathParam | None, PathParam | None]:
    """The two paths of a call.

    Args:
        form: in which the answer is asked for; paths know but one.
        left: path of what comes before.
        right: path of what comes after.
        files: what was given beside.

    Raises:
        InvalidCall: they do not go together with the rest.
    """
    if form != "parsed":
        raise InvalidCall("Paths give audio and no response; give left_audio and right_audio here.")
    if not all(each is None or isinstance(each, Omit) for each in files):
        raise InvalidCall("Recordings are given as files or as paths; give both in the same form.")
    return (
        None if isinstance(left, Omit) else left or None,
        None if isinstance(right, Omit) else right or None,
    )


def joined(left: PathParam | None, infill: Audio, right: PathParam | None, asked: TTSInfillParams) -> Audio:
    """The recordings with the speech between them, in the format of the speech.

    Raises:
        InvalidCall: they cannot be read.
    """
    import msgspec

    from myna.audio.containers import seal_wav
    from myna.audio.encoder import Encoder
    from myna.wire.cartesia.messages import RawFormat
    from myna.wire.cartesia.requests import output_format

    try:
        format = output_format(msgspec.convert(asked.get("output_format"), RawFormat), "bytes")
        encoder, pieces = Encoder(format), []
        for source in (left, io.BytesIO(infill), right):
            for chunk in _chunks(source, format.sample_rate) if source is not None else ():
                pieces.append(encoder.encode(chunk))
        pieces.append(encoder.finish())
    except (MynaError, msgspec.ValidationError) as error:
        raise InvalidCall(f"Failed to concatenate audio segments: {error}") from error
    data = b"".join(pieces)
    return seal_wav(data) if format.container == "wav" else data


def _chunks(source: PathParam | io.BytesIO, rate: int) -> Iterator[AudioChunk]:
    from pathlib import Path

    from myna.audio.decoding import decode
    from myna.speech.events import AudioChunk

    opened = source if isinstance(source, io.BytesIO) else Path(source)
    for samples in decode(opened, rate, most_seconds=_LONGEST_SECONDS):
        yield AudioChunk(samples, rate, 0.0)


def _voice(given: object) -> tuple[str | Omit, Mapping[str, Any] | None]:
    """The id of a voice and what the second generation says with it of how it is to speak.

    Raises:
        InvalidCall: it is an embedding.
    """
    if given is None or isinstance(given, str | Omit):
        return given or omit, None
    if not isinstance(given, Mapping) or not given.get("id"):
        raise InvalidCall("Gaps are filled by voices with an id only; give voice_id, see voices.list.")
    controls = given.get("__experimental_controls") or given.get("experimental_controls")
    return str(given["id"]), controls


def _container(asked: TTSInfillParams) -> object:
    format = asked.get("output_format")
    return format.get("container") if isinstance(format, Mapping) else None
