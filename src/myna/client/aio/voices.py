"""Voices, for asyncio."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Unpack

from myna.client.aio.pages import AsyncPaginator
from myna.client.aio.resource import AsyncResource, as_raw, as_streamed, as_streamed_binary
from myna.client.aio.responses import AsyncBinaryAPIResponse
from myna.client.calls import Call, Extras, path_of
from myna.client.embeddings import MAKING_VERSION, mixed, numbers
from myna.client.models import EmbeddingResponse, ListAccentsResponse, Voice, VoiceMetadata
from myna.client.paging import asked
from myna.client.sentinels import NoneType, Omit, omit

if TYPE_CHECKING:
    from myna.client.uploads import FileParam


class AsyncVoices(AsyncResource):
    """The voices that can be asked for, and the making of new ones.

    Example:
        >>> names = [voice.name async for voice in client.voices.list()]
        >>> (await client.voices.get(names[0])).language
        'en'
    """

    @cached_property
    def with_raw_response(self) -> AsyncVoicesWithRawResponse:
        """The same methods, returning responses with their headers."""
        return AsyncVoicesWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> AsyncVoicesWithStreamingResponse:
        """The same methods, returning responses whose body is not read yet; use them in `async with`."""
        return AsyncVoicesWithStreamingResponse(self)

    def list(
        self,
        *,
        ending_before: str | Omit | None = omit,
        expand: Sequence[str] | Omit | None = omit,
        gender: str | Omit | None = omit,
        is_owner: bool | Omit | None = omit,
        is_starred: bool | Omit | None = omit,
        limit: int | Omit | None = omit,
        q: str | Omit | None = omit,
        starting_after: str | Omit | None = omit,
        **extras: Unpack[Extras],
    ) -> AsyncPaginator[Voice]:
        """The voices, page by page; iterating goes over all pages.

        Args:
            ending_before: id of the voice before which the page ends.
            expand: names of fields to be added, such as "preview_file_url".
            gender: "masculine", "feminine" or "gender_neutral".
            is_owner: only one's own voices.
            is_starred: only voices that were given a star.
            limit: voices per page, 1 to 100.
            q: text to be found in name, description or id.
            starting_after: id of the voice after which the page starts.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
        """
        query = asked(
            {
                "ending_before": ending_before,
                "expand[]": expand,
                "gender": gender,
                "is_owner": is_owner,
                "is_starred": is_starred,
                "limit": limit,
                "q": q,
                "starting_after": starting_after,
            }
        )
        return AsyncPaginator(lambda: self._page("/voices", Voice, query, extras))

    async def get(
        self, id: str, *, expand: Sequence[str] | Omit | None = omit, **extras: Unpack[Extras]
    ) -> Voice:
        """One voice.

        Args:
            id: of the voice.
            expand: names of fields to be added, such as "preview_file_url".
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such voice.
        """
        query = asked({"expand[]": expand})
        return await self._run_as(Call.of("GET", path_of("voices", id=id), query=query, **extras), Voice)

    async def clone(
        self,
        clip: FileParam,
        *,
        name: str,
        language: str | Omit = "en",
        accent: str | Omit | None = omit,
        base_voice_id: str | Omit | None = omit,
        consent: bool | Omit = omit,
        description: str | Omit | None = omit,
        enhance: bool | Omit | None = omit,
        mode: str | Omit = omit,
        transcript: str | Omit | None = omit,
        **extras: Unpack[Extras],
    ) -> VoiceMetadata:
        """Make a voice that sounds like a recording of somebody, and keep it.

        A failed call is sent again without making a second voice.

        Args:
            clip: the recording: bytes, a path, a file opened in binary mode, or a tuple of file name, one
                of these and perhaps its media type.
            name: what to call the voice.
            language: spoken in the recording, such as "en" or "pt-BR".
            accent: id of an accent to speak with, of `list_accents`.
            base_voice_id: id of the voice to start from; the nearest one where omitted.
            consent: that the person who is heard agrees.
            description: a sentence about the voice.
            enhance: take noise out of the recording first.
            mode: "similarity" or "stability", as earlier versions of the API had it.
            transcript: what is said in the recording.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the clip cannot be read.
            BadRequestError: no voice can be made of the recording; the message says why.
            PermissionDeniedError: this server wants consent to be declared, or the key may not do this.
        """
        fields = {
            "name": name,
            "language": language,
            "accent": accent,
            "base_voice_id": base_voice_id,
            "consent": consent,
            "description": description,
            "enhance": enhance,
            "mode": mode,
            "transcript": transcript,
        }
        call = Call.of("POST", "/voices/clone", fields, files={"clip": clip}, creates=True, **extras)
        return await self._run_as(call, VoiceMetadata)

    async def create(
        self,
        name: str,
        description: str,
        embedding: Sequence[float],
        language: str | Omit = omit,
        *,
        base_voice_id: str | Omit | None = omit,
        **extras: Unpack[Extras],
    ) -> Voice:
        """Keep a voice that sounds like an embedding, in the version of the API that has this.

        A failed call is sent again without making a second voice.

        Args:
            name: what to call the voice.
            description: a sentence about it.
            embedding: 192 numbers, as of `mix`, `embed` or a voice.
            language: it speaks natively; the server's choice where omitted.
            base_voice_id: id of the voice to start from; the nearest one where omitted.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            BadRequestError: the embedding describes no voice.
        """
        fields = {
            "name": name,
            "description": description,
            "embedding": numbers(embedding),
            "language": language,
            "base_voice_id": base_voice_id,
        }
        call = Call.of("POST", "/voices", fields, creates=True, version=MAKING_VERSION, **extras)
        return await self._run_as(call, Voice)

    async def update(
        self,
        id: str,
        *,
        accent: str | Omit | None = omit,
        description: str | Omit = omit,
        gender: str | Omit | None = omit,
        name: str | Omit = omit,
        **extras: Unpack[Extras],
    ) -> Voice:
        """Change what is told of a voice; what is omitted stays.

        Args:
            id: of the voice.
            accent: id of an accent, of `list_accents`.
            description: a sentence about it.
            gender: "masculine", "feminine" or "gender_neutral"; None for unknown.
            name: what to call it.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such voice.
            PermissionDeniedError: it is not yours.
        """
        fields = {"accent": accent, "description": description, "gender": gender, "name": name}
        return await self._run_as(Call.of("PATCH", path_of("voices", id=id), fields, **extras), Voice)

    async def delete(self, id: str, **extras: Unpack[Extras]) -> None:
        """Forget a voice and the recording it was made of.

        Args:
            id: of the voice.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such voice.
            PermissionDeniedError: it is not yours.
        """
        return await self._run_as(Call.of("DELETE", path_of("voices", id=id), **extras), NoneType)

    async def mix(self, voices: Sequence[Mapping[str, Any]], **extras: Unpack[Extras]) -> EmbeddingResponse:
        """The embedding between voices, in the version of the API that has this; nothing is kept.

        Args:
            voices: for each its `id` or its `embedding`, and its `weight`; the weights are scaled to a sum
                of 1.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: there are no voices.
            BadRequestError: one of them does not exist, or the weights cannot be scaled.
        """
        call = Call.of("POST", "/voices/mix", {"voices": mixed(voices)}, version=MAKING_VERSION, **extras)
        return await self._run_as(call, EmbeddingResponse)

    async def localize(
        self,
        *,
        voice_id: str,
        name: str,
        accent: str | Omit | None = omit,
        description: str | Omit = omit,
        dialect: str | Omit | None = omit,
        language: str | Omit = omit,
        original_speaker_gender: str | Omit = omit,
        tagline: str | Omit = omit,
        **extras: Unpack[Extras],
    ) -> VoiceMetadata:
        """Make a voice with the timbre of another that speaks another language or accent, and keep it.

        A failed call is sent again without making a second voice.

        Args:
            voice_id: id of the voice to start from.
            name: what to call the new one.
            accent: id of an accent, of `list_accents`; or give `language`.
            description: a sentence about it.
            dialect: region of the language, such as "us" or "br".
            language: such as "de".
            original_speaker_gender: "male" or "female".
            tagline: a few words about it.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            BadRequestError: no such language, dialect or accent.
            NotFoundError: there is no such voice.
        """
        fields = {
            "voice_id": voice_id,
            "name": name,
            "accent": accent,
            "description": description,
            "dialect": dialect,
            "language": language,
            "original_speaker_gender": original_speaker_gender,
            "tagline": tagline,
        }
        call = Call.of("POST", "/voices/localize", fields, creates=True, **extras)
        return await self._run_as(call, VoiceMetadata)

    async def embed(
        self,
        clip: FileParam,
        *,
        enhance: bool | Omit = omit,
        consent: bool | Omit = omit,
        **extras: Unpack[Extras],
    ) -> EmbeddingResponse:
        """The embedding of whoever speaks in a recording; nothing is kept.

        Args:
            clip: the recording, as of `clone`.
            enhance: take noise out of the recording first.
            consent: that the person who is heard agrees.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the clip cannot be read.
            BadRequestError: nothing can be measured in the recording; the message says why.
            PermissionDeniedError: this server wants consent to be declared, or the key may not do this.
        """
        fields = {"consent": consent, "enhance": enhance, "mode": "clip"}
        call = Call.of(
            "POST", "/voices/clone/clip", fields, files={"clip": clip}, version=MAKING_VERSION, **extras
        )
        return await self._run_as(call, EmbeddingResponse)

    async def preview(self, id: str, **extras: Unpack[Extras]) -> AsyncBinaryAPIResponse:
        """A sentence by a voice, as a WAV file; of Myna's servers and this machine only.

        Args:
            id: of the voice.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such voice.
        """
        return await self._run_binary(Call.of("GET", path_of("voices", "preview", id=id), **extras))

    async def export(self, id: str, **extras: Unpack[Extras]) -> AsyncBinaryAPIResponse:
        """All that is kept of a voice of yours, its recording too, as one file for `import_`.

        This and `import_` are of Myna's servers and this machine only.

        Args:
            id: of the voice.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            NotFoundError: there is no such voice.
            PermissionDeniedError: it is not yours.
        """
        return await self._run_binary(Call.of("POST", path_of("voices", "export", id=id), **extras))

    async def import_(
        self, parcel: FileParam, *, anew: bool | Omit = omit, **extras: Unpack[Extras]
    ) -> VoiceMetadata:
        """Keep a voice that was exported elsewhere.

        A failed call is sent again without making a second voice.

        Args:
            parcel: what `export` gave, as a file of `clone`.
            anew: give it an id of its own, where there already is a voice with its id.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the file cannot be read.
            BadRequestError: it holds no voice, or one that is here already.
        """
        files = {"parcel": parcel}
        call = Call.of("POST", "/voices/import", {"anew": anew}, files=files, creates=True, **extras)
        return await self._run_as(call, VoiceMetadata)

    async def list_accents(self, **extras: Unpack[Extras]) -> ListAccentsResponse:
        """The accents that voices can have.

        Args:
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
        """
        return await self._run_as(Call.of("GET", "/accents", **extras), ListAccentsResponse)

    async def add_accents(self, id: str, *, accents: Sequence[str], **extras: Unpack[Extras]) -> Voice:
        """Let a voice of yours speak with more accents.

        Args:
            id: of the voice.
            accents: ids of accents, ten at most with those it has.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: the id is empty.
            BadRequestError: an accent does not exist or cannot be added, or there are too many.
        """
        path = path_of("voices", "accents", id=id)
        return await self._run_as(Call.of("PATCH", path, {"accents": [*accents]}, **extras), Voice)

    async def delete_accent(self, accent_id: str, *, id: str, **extras: Unpack[Extras]) -> Voice:
        """Take an accent away that was added to a voice.

        Args:
            accent_id: id of the accent.
            id: of the voice.
            extras: `extra_headers`, `extra_query`, `extra_body` and `timeout` of this call.

        Raises:
            InvalidCall: an id is empty.
            NotFoundError: there is no such voice, or it does not have this accent.
        """
        path = path_of("voices", "accents", id=id, accent_id=accent_id)
        return await self._run_as(Call.of("DELETE", path, **extras), Voice)


class AsyncVoicesWithRawResponse:
    """The methods of `AsyncVoices`, returning responses with their headers."""

    def __init__(self, voices: AsyncVoices) -> None:
        raw = AsyncVoices(voices._client, "raw")
        self.list = as_raw(raw.list)
        self.get = as_raw(raw.get)
        self.clone = as_raw(raw.clone)
        self.create = as_raw(raw.create)
        self.update = as_raw(raw.update)
        self.delete = as_raw(raw.delete)
        self.mix = as_raw(raw.mix)
        self.localize = as_raw(raw.localize)
        self.embed = as_raw(raw.embed)
        self.preview = raw.preview
        self.export = raw.export
        self.import_ = as_raw(raw.import_)
        self.list_accents = as_raw(raw.list_accents)
        self.add_accents = as_raw(raw.add_accents)
        self.delete_accent = as_raw(raw.delete_accent)


class AsyncVoicesWithStreamingResponse:
    """The methods of `AsyncVoices`, returning unread responses; use them in `async with`."""

    def __init__(self, voices: AsyncVoices) -> None:
        streamed = AsyncVoices(voices._client, "streamed")
        self.list = as_streamed(streamed.list)
        self.get = as_streamed(streamed.get)
        self.clone = as_streamed(streamed.clone)
        self.create = as_streamed(streamed.create)
        self.update = as_streamed(streamed.update)
        self.delete = as_streamed(streamed.delete)
        self.mix = as_streamed(streamed.mix)
        self.localize = as_streamed(streamed.localize)
        self.embed = as_streamed(streamed.embed)
        self.preview = as_streamed_binary(streamed.preview)
        self.export = as_streamed_binary(streamed.export)
        self.import_ = as_streamed(streamed.import_)
        self.list_accents = as_streamed(streamed.list_accents)
        self.add_accents = as_streamed(streamed.add_accents)
        self.delete_accent = as_streamed(streamed.delete_accent)
