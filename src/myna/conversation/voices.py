"""The calls on voices."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar, cast

import msgspec

from myna.conversation.calls import JSON, NOTHING, Answer, Asked, Call
from myna.conversation.forms import Form
from myna.conversation.making import Attempt, Making
from myna.providers.kept import Voices
from myna.speech.errors import InvalidRequest, PermissionDenied, VoiceNotFound
from myna.speech.voices import CloneDraft, LocalizeDraft, Voice, VoiceChoice, VoiceDraft
from myna.wire.cartesia.codec import decode_body
from myna.wire.cartesia.queries import EXPAND, LINKED, VOICE_LIST, VoiceQuery, expanded
from myna.wire.cartesia.voices.forms import CloneForm, EmbedForm, ImportForm
from myna.wire.cartesia.voices.objects import (
    OLDEST,
    EmbeddingObject,
    VoiceMetadata,
    VoiceObject,
    VoicePage,
    VoiceView,
)
from myna.wire.cartesia.voices.requests import (
    AddAccents,
    CreateVoice,
    LocalizeVoice,
    MixVoices,
    UpdateVoice,
)

PARCEL = "application/zip"
"""Media type of a voice as one file."""
PIECE = 64 << 10
"""About how many bytes of a long list are sent at once."""

Fetch = Callable[[str, Path], Awaitable[None]]
"""Brings what a link leads to into a file."""

Draft = TypeVar("Draft", VoiceDraft, CloneDraft, LocalizeDraft)


class VoiceCalls:
    """Answers the calls on the voices of a provider."""

    def __init__(self, voices: Voices, making: Making, fetch: Fetch | None = None) -> None:
        """Begin.

        Args:
            voices: what is asked.
            making: where voices are made once.
            fetch: brings clips from links; None where that is switched off.
        """
        self._voices = voices
        self._making = making
        self._fetch = fetch

    def table(self) -> Iterator[Call]:
        """The calls."""
        one, made = (VoiceObject,), (VoiceMetadata,)
        clip = ("clip",)
        yield Call(
            "GET",
            "/voices",
            self._list,
            "List voices",
            gives=(VoicePage, list[VoiceObject]),
            query=VOICE_LIST,
        )
        yield Call(
            "POST", "/voices", self._create, "Make a voice of an embedding", takes=CreateVoice, gives=one
        )
        yield Call(
            "POST", "/voices/clone", self._clone, "Make a voice of a recording",
            takes=CloneForm, files=clip, gives=made,
        )  # fmt: skip
        yield Call(
            "POST", "/voices/clone/clip", self._embed, "The embedding of a recording's speaker",
            takes=EmbedForm, files=clip, gives=(EmbeddingObject,),
        )  # fmt: skip
        yield Call(
            "POST", "/voices/clone/url", self._embed_link, "The embedding of a linked recording's speaker",
            gives=(EmbeddingObject,), query=LINKED, works=True,
        )  # fmt: skip
        yield Call(
            "POST", "/voices/mix", self._mix, "The embedding between several voices",
            takes=MixVoices, gives=(EmbeddingObject,),
        )  # fmt: skip
        yield Call(
            "POST", "/voices/localize", self._localize, "Make a voice of another, in a language or accent",
            takes=LocalizeVoice, gives=made,
        )  # fmt: skip
        yield Call(
            "POST", "/voices/import", self._import, "Keep a voice that was exported elsewhere",
            takes=ImportForm, files=("parcel",), gives=made,
        )  # fmt: skip
        yield Call(
            "POST", "/voices/{id}/export", self._export, "All that is kept of a voice, as one file",
            gives=PARCEL,
        )  # fmt: skip
        yield Call("GET", "/voices/{id}", self._get, "Get one voice", gives=one, query=(EXPAND,))
        yield Call(
            "PATCH",
            "/voices/{id}",
            self._update,
            "Change what is told of a voice",
            takes=UpdateVoice,
            gives=one,
        )
        yield Call("DELETE", "/voices/{id}", self._delete, "Forget a voice")
        yield Call(
            "GET", "/voices/{id}/preview", self._preview, "Hear a voice", gives="audio/wav", works=True
        )
        yield Call(
            "PATCH", "/voices/{id}/accents", self._add_accents, "Let a voice speak with more accents",
            takes=AddAccents, gives=one,
        )  # fmt: skip
        yield Call(
            "DELETE", "/voices/{id}/accents/{accent_id}", self._remove_accent, "Take an accent from a voice",
            gives=one,
        )  # fmt: skip

    async def _list(self, asked: Asked) -> Answer:
        if asked.version == OLDEST:
            return await self._list_all(asked)
        query = VoiceQuery.parse(asked.query)
        page = await self._voices.page(query.wanted, query.span, asked.caller)
        return Answer.of(_view(asked).page(page))

    async def _list_all(self, asked: Asked) -> Answer:
        """All of them as one array, which may be long: in pieces, as fast as they are taken."""
        pieces = _array(self._voices.all(asked.caller), _view(asked).listed)
        first = await anext(pieces)  # what is wrong shows before the answer has begun
        return Answer(200, {"content-type": JSON}, _chain(first, pieces))

    async def _get(self, asked: Asked) -> Answer:
        id = asked.places["id"]
        voice = await self._find(id, asked)
        return Answer.of(_view(asked).one(voice, id=id if id in voice.aliases else None))

    async def _create(self, asked: Asked) -> Answer:
        body = decode_body(asked.body, CreateVoice)
        draft, attempt = _attempt(asked, body.draft(), "create", msgspec.json.encode(body))
        return await self._make(asked, attempt, lambda: self._voices.create(draft, asked.caller), alone=True)

    async def _clone(self, asked: Asked) -> Answer:
        form = cast(Form, asked.form)
        clip, fields = form.file("clip"), CloneForm.of(form.texts)
        draft, attempt = _attempt(
            asked, fields.draft(asked.version), "clone", msgspec.json.encode(fields), clip.sha256
        )

        def work() -> Awaitable[Voice]:
            return self._cloned(draft, form.take(), asked)

        return await self._make(asked, attempt, work)

    async def _cloned(self, draft: CloneDraft, form: Form, asked: Asked) -> Voice:
        async with form:
            return await self._voices.clone(draft, form.file("clip").path, asked.caller)

    async def _embed(self, asked: Asked) -> Answer:
        form = cast(Form, asked.form)
        clip = form.file("clip")
        return await self._embedding(clip.path, EmbedForm.of(form.texts), asked)

    async def _embed_link(self, asked: Asked) -> Answer:
        if self._fetch is None:
            raise PermissionDenied(
                "Cloning from a link is switched off here; upload the clip to /voices/clone/clip instead."
            )
        given = dict(asked.query)
        link, fields = given.get("link", ""), EmbedForm.of(given)
        if not link:
            raise InvalidRequest("link is missing; give the address of a recording.")
        async with Form() as form:
            clip = form.folder() / "link"
            await self._fetch(link, clip)
            return await self._embedding(clip, fields, asked)

    async def _embedding(self, clip: Path, fields: EmbedForm, asked: Asked) -> Answer:
        embedding = await self._voices.embed(
            clip, enhance=fields.enhances(), caller=asked.caller, consent=fields.consents()
        )
        return Answer.of(EmbeddingObject(embedding=list(embedding)))

    async def _mix(self, asked: Asked) -> Answer:
        parts = decode_body(asked.body, MixVoices).parts()
        with _as_resource():
            embedding = await self._voices.mix(parts, asked.caller)
        return Answer.of(EmbeddingObject(embedding=list(embedding)))

    async def _localize(self, asked: Asked) -> Answer:
        body = decode_body(asked.body, LocalizeVoice)
        draft, attempt = _attempt(asked, body.draft(), "localize", msgspec.json.encode(body))
        return await self._make(asked, attempt, lambda: self._voices.localize(draft, asked.caller))

    async def _import(self, asked: Asked) -> Answer:
        form = cast(Form, asked.form)
        parcel, fields = form.file("parcel"), ImportForm.of(form.texts)
        anew = fields.is_anew()
        attempt = Attempt.of(asked.headers, "import", msgspec.json.encode(fields), parcel.sha256)

        async def brought(form: Form) -> Voice:
            async with form:
                return await self._voices.import_(
                    form.file("parcel").path,
                    asked.caller,
                    anew=anew,
                    idempotency_key=attempt.key,
                    idempotency_window_seconds=attempt.window_seconds,
                )

        return await self._make(asked, attempt, lambda: brought(form.take()))

    async def _export(self, asked: Asked) -> Answer:
        id = await self._id(asked)
        with _as_resource():
            data = await self._voices.export(id, asked.caller)
        return Answer(200, {"content-type": PARCEL}, data)

    async def _update(self, asked: Asked) -> Answer:
        changes = decode_body(asked.body, UpdateVoice).changes()
        id = await self._id(asked)
        with _as_resource():
            return Answer.of(_view(asked).one(await self._voices.update(id, changes, asked.caller)))

    async def _delete(self, asked: Asked) -> Answer:
        id = await self._id(asked)
        with _as_resource():
            await self._voices.delete(id, asked.caller)
        return Answer(NOTHING, {})

    async def _add_accents(self, asked: Asked) -> Answer:
        ids = decode_body(asked.body, AddAccents).ids()
        id = await self._id(asked)
        with _as_resource():
            return Answer.of(_view(asked).one(await self._voices.add_accents(id, ids, asked.caller)))

    async def _remove_accent(self, asked: Asked) -> Answer:
        id = await self._id(asked)
        with _as_resource():
            voice = await self._voices.remove_accent(id, asked.places["accent_id"], asked.caller)
        return Answer.of(_view(asked).one(voice))

    async def _preview(self, asked: Asked) -> Answer:
        voice = await self._find(asked.places["id"], asked)
        with _as_resource():
            data = await self._voices.preview(voice.id, asked.caller)
        return Answer(200, {"content-type": "audio/wav"}, data)

    async def _find(self, id: str, asked: Asked) -> Voice:
        with _as_resource():
            return await self._voices.find(VoiceChoice(id), asked.caller)

    async def _id(self, asked: Asked) -> str:
        """The id of a voice that is to be changed, which its name is not enough for."""
        given = asked.places["id"]
        voice = await self._find(given, asked)
        if given.lower() not in (each.lower() for each in (voice.id, *voice.aliases)):
            error = VoiceNotFound(f"No voice has the id {given[:60]!r}; name it by its id to change it.")
            error.status_code = 404
            raise error
        return voice.id

    async def _make(
        self, asked: Asked, attempt: Attempt, work: Callable[[], Awaitable[Voice]], *, alone: bool = False
    ) -> Answer:
        with _as_resource():
            voice = await self._making.make(asked.caller.owner, attempt, work)
        view = _view(asked)
        return Answer.of(view.one(voice) if alone else view.made(voice))


def _view(asked: Asked) -> VoiceView:
    return VoiceView(asked.version, asked.caller, expanded(asked.query), asked.base_url)


def _attempt(asked: Asked, draft: Draft, *what: str | bytes) -> tuple[Draft, Attempt]:
    attempt = Attempt.of(asked.headers, *what)
    keyed = replace(draft, idempotency_key=attempt.key, idempotency_window_seconds=attempt.window_seconds)
    return keyed, attempt


@contextmanager
def _as_resource() -> Iterator[None]:
    """A voice that is not there is a resource that is not there, not a wrong request for speech."""
    try:
        yield
    except VoiceNotFound as error:
        error.status_code = 404
        raise


async def _array(
    voices: AsyncIterator[Voice], show: Callable[[Voice], VoiceObject]
) -> AsyncGenerator[bytes, None]:
    held = bytearray(b"[")
    separator = b""
    async with aclosing(cast("AsyncGenerator[Voice, None]", voices)):
        async for voice in voices:
            held += separator + msgspec.json.encode(show(voice))
            separator = b","
            if len(held) >= PIECE:
                yield bytes(held)
                held.clear()
    yield bytes(held + b"]")


async def _chain(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece
