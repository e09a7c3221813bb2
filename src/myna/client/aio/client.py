"""The clients for asyncio."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from myna.client.configured import Configured
from myna.client.sentinels import NotGiven, Omit, given, not_given
from myna.client.settings import (
    DEFAULT_MAX_RETRIES,
    Settings,
    cartesia_settings,
    merged,
    myna_settings,
)

if TYPE_CHECKING:
    from os import PathLike
    from types import TracebackType

    import httpx

    from myna.client.aio.access_token import AsyncAccessTokens
    from myna.client.aio.http import AsyncHttp
    from myna.client.aio.infill import AsyncInfill
    from myna.client.aio.pronunciation_dicts import AsyncPronunciationDicts
    from myna.client.aio.raw import AsyncClientWithRawResponse, AsyncClientWithStreamingResponse
    from myna.client.aio.responses import AsyncBinaryAPIResponse
    from myna.client.aio.stt import AsyncSTT
    from myna.client.aio.tts import AsyncTTS
    from myna.client.aio.voice_changer import AsyncVoiceChanger
    from myna.client.aio.voices import AsyncVoices
    from myna.client.calls import Call, Extras, RequestOptions, TimeoutParam
    from myna.client.contexts import FormatParam, VoiceParam
    from myna.client.desk import Desk
    from myna.client.heard import Transcription
    from myna.client.models import Status
    from myna.client.settings import Headers, Query
    from myna.client.uploads import FileParam
    from myna.transport.protocols import AsyncConnect, AsyncWebSocket, OnLost, OnMessages

R = TypeVar("R")


class AsyncMyna(Configured):
    """Speaks with this machine's own engines, or with the server at `base_url`.

    Example:
        >>> async with AsyncMyna() as client:
        ...     response = await client.say("Good evening.", voice="Wren")
        ...     await response.write_to_file("evening.wav")
    """

    _read_settings: Callable[..., Settings] = staticmethod(myna_settings)

    def __init__(
        self,
        *,
        api_key: str | None = None,
        token: str | None = None,
        base_url: str | httpx.URL | None = None,
        websocket_base_url: str | httpx.URL | None = None,
        data: str | PathLike[str] | None = None,
        timeout: TimeoutParam = not_given,
        max_retries: int = DEFAULT_MAX_RETRIES,
        default_headers: Mapping[str, str | Omit] | None = None,
        default_query: Mapping[str, object] | None = None,
        http_client: httpx.AsyncClient | None = None,
        websocket_transport: AsyncConnect | None = None,
        _strict_response_validation: bool = False,
    ) -> None:
        """Make a client; nothing is connected or started before the first call.

        Args:
            api_key: sent as a bearer token.
            token: an access token, sent where there is no key.
            base_url: host, host:port or URL of a server; MYNA_BASE_URL where None, this machine's own
                engines where there is neither.
            websocket_base_url: where WebSockets are, if elsewhere.
            data: folder of this machine's library of voices and dictionaries, instead of this user's.
            timeout: seconds, an `httpx.Timeout`, or None for no limit; 60, and 5 to connect.
            max_retries: how often a failed request is sent again.
            default_headers: added to every request; `omit` takes one away.
            default_query: added to every request.
            http_client: an `httpx.AsyncClient` of your own, for proxies and the like.
            websocket_transport: opens WebSockets instead of the built-in one.

        Raises:
            UsageError: the URL cannot be read.
            InvalidCall: arguments do not go together.
        """
        self.settings = self._read_settings(
            base_url=base_url,
            api_key=api_key,
            has_http_client=http_client is not None,
            token=token,
            websocket_base_url=websocket_base_url,
            data=data,
            timeout=timeout,
            max_retries=max_retries,
            headers=default_headers,
            query=default_query,
        )
        self._given_http_client = http_client
        self._websocket_transport = websocket_transport

    @cached_property
    def tts(self) -> AsyncTTS:
        """Text to speech."""
        from myna.client.aio.tts import AsyncTTS

        return AsyncTTS(self)

    @cached_property
    def stt(self) -> AsyncSTT:
        """Speech to text."""
        from myna.client.aio.stt import AsyncSTT

        return AsyncSTT(self)

    @cached_property
    def voice_changer(self) -> AsyncVoiceChanger:
        """Changing voices."""
        from myna.client.aio.voice_changer import AsyncVoiceChanger

        return AsyncVoiceChanger(self)

    @cached_property
    def infill(self) -> AsyncInfill:
        """Speech between recordings, under its name of the second generation."""
        from myna.client.aio.infill import AsyncInfill

        return AsyncInfill(self)

    @cached_property
    def voices(self) -> AsyncVoices:
        """The voices."""
        from myna.client.aio.voices import AsyncVoices

        return AsyncVoices(self)

    @cached_property
    def pronunciation_dicts(self) -> AsyncPronunciationDicts:
        """Dictionaries of words and how they are to be said."""
        from myna.client.aio.pronunciation_dicts import AsyncPronunciationDicts

        return AsyncPronunciationDicts(self)

    @cached_property
    def access_token(self) -> AsyncAccessTokens:
        """Tokens that stand for the key for a short while."""
        from myna.client.aio.access_token import AsyncAccessTokens

        return AsyncAccessTokens(self)

    @cached_property
    def with_raw_response(self) -> AsyncClientWithRawResponse:
        """The same methods, returning responses with their headers."""
        from myna.client.aio.raw import AsyncClientWithRawResponse

        return AsyncClientWithRawResponse(self)

    @cached_property
    def with_streaming_response(self) -> AsyncClientWithStreamingResponse:
        """The same methods, returning responses whose body is not read yet; use them in `async with`."""
        from myna.client.aio.raw import AsyncClientWithStreamingResponse

        return AsyncClientWithStreamingResponse(self)

    def copy(
        self,
        *,
        api_key: str | None = None,
        token: str | None = None,
        base_url: str | httpx.URL | None = None,
        websocket_base_url: str | httpx.URL | None = None,
        timeout: TimeoutParam = not_given,
        max_retries: int | NotGiven = not_given,
        default_headers: Mapping[str, str | Omit] | None = None,
        set_default_headers: Mapping[str, str | Omit] | None = None,
        default_query: Mapping[str, object] | None = None,
        set_default_query: Mapping[str, object] | None = None,
        http_client: httpx.AsyncClient | None = None,
    ) -> Self:
        """A client like this one with some settings changed; both share their HTTP connections.

        `default_headers` and `default_query` are added to what there is, their `set_` forms replace it.

        Raises:
            InvalidCall: both forms were given.
        """
        settings = self.settings
        other = type(self).__new__(type(self))
        other.settings = settings.changed(
            api_key=api_key or settings.api_key,
            token=token or settings.token,
            base_url=str(base_url) if base_url is not None else settings.base_url,
            websocket_base_url=(
                str(websocket_base_url) if websocket_base_url is not None else settings.websocket_base_url
            ),
            timeout=settings.timeout if isinstance(timeout, NotGiven) else timeout,
            max_retries=given(max_retries, settings.max_retries),
            headers=merged("headers", settings.headers, default_headers, set_default_headers),
            query=merged("query", settings.query, default_query, set_default_query),
        )
        other._websocket_transport = self._websocket_transport
        other._given_http_client = http_client
        if http_client is None and (other.settings.address is None) == (settings.address is None):
            other.__dict__["_http"] = self._http
            if settings.address is None:
                other.__dict__["_desk"] = self._desk
        return other

    with_options = copy

    async def say(
        self,
        text: str,
        *,
        voice: VoiceParam | None = None,
        model_id: str | None = None,
        output_format: FormatParam | None = None,
        **more: Any,
    ) -> AsyncBinaryAPIResponse:
        """Speak a text and wait for all of its audio: `tts.generate` with a choice for everything.

        Args:
            text: what to say.
            voice: name or id; None for a clear English voice.
            model_id: None for the best there is.
            output_format: None for a WAV file at 24 kHz.
            more: what `tts.generate` takes besides.

        Raises:
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
        """
        from myna.client.contexts import DEFAULT_FILE, DEFAULT_MODEL, FALLBACK_VOICE

        return await self.tts.generate(
            transcript=text,
            voice=voice or FALLBACK_VOICE,
            model_id=model_id or DEFAULT_MODEL,
            output_format=output_format or DEFAULT_FILE,
            **more,
        )

    async def transcribe(
        self, file: FileParam, *, language: str | None = None, model: str | None = None, **more: Any
    ) -> Transcription:
        """Write down what is said in a recording: `stt.transcribe` with a choice for everything.

        Args:
            file: bytes, a path, a file opened in binary mode, or a tuple of file name and one of these.
            language: language of what is said; None leaves it to the server.
            model: None for the best there is.
            more: what `stt.transcribe` takes besides.

        Raises:
            InvalidCall: the file is not what a file can be.
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
        """
        from myna.client.aio.stt import DEFAULT_MODEL

        return await self.stt.transcribe(file, model=model or DEFAULT_MODEL, language=language, **more)

    async def change(
        self,
        clip: FileParam,
        *,
        voice: str,
        output_format: FormatParam | None = None,
        **more: Any,
    ) -> AsyncBinaryAPIResponse:
        """Change the voice of a recording: `voice_changer.generate` with a choice for everything.

        Args:
            clip: bytes, a path, a file opened in binary mode, or a tuple of file name and one of these.
            voice: name or id of the voice that it gets.
            output_format: `container`, `encoding`, `sample_rate`, `bit_rate`; None for a WAV file at 24 kHz.
            more: what `voice_changer.generate` takes besides.

        Raises:
            InvalidCall: the clip is not what a file can be.
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
        """
        from myna.client.contexts import DEFAULT_FILE

        format = {f"output_format_{name}": value for name, value in (output_format or DEFAULT_FILE).items()}
        return await self.voice_changer.generate(clip=clip, voice_id=voice, **{**format, **more})

    async def get_status(self, **extras: Unpack[Extras]) -> Status:
        """How the server is.

        Raises:
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
        """
        from myna.client.aio.raw import AsyncStatusCalls

        return await AsyncStatusCalls(self).get_status(**extras)

    async def get(self, path: str, *, cast_to: type[R], options: RequestOptions | None = None) -> R:
        """A `GET` of your own; see `request`."""
        return await self.request("GET", path, cast_to=cast_to, options=options)

    async def post(
        self,
        path: str,
        *,
        cast_to: type[R],
        body: object = None,
        options: RequestOptions | None = None,
        files: Mapping[str, FileParam] | None = None,
    ) -> R:
        """A `POST` of your own; see `request`."""
        return await self.request("POST", path, cast_to=cast_to, body=body, options=options, files=files)

    async def put(
        self,
        path: str,
        *,
        cast_to: type[R],
        body: object = None,
        options: RequestOptions | None = None,
        files: Mapping[str, FileParam] | None = None,
    ) -> R:
        """A `PUT` of your own; see `request`."""
        return await self.request("PUT", path, cast_to=cast_to, body=body, options=options, files=files)

    async def patch(
        self,
        path: str,
        *,
        cast_to: type[R],
        body: object = None,
        options: RequestOptions | None = None,
        files: Mapping[str, FileParam] | None = None,
    ) -> R:
        """A `PATCH` of your own; see `request`."""
        return await self.request("PATCH", path, cast_to=cast_to, body=body, options=options, files=files)

    async def delete(
        self, path: str, *, cast_to: type[R], body: object = None, options: RequestOptions | None = None
    ) -> R:
        """A `DELETE` of your own; see `request`."""
        return await self.request("DELETE", path, cast_to=cast_to, body=body, options=options)

    async def request(
        self,
        method: str,
        path: str,
        *,
        cast_to: type[R],
        body: object = None,
        options: RequestOptions | None = None,
        files: Mapping[str, FileParam] | None = None,
    ) -> R:
        """A call of your own.

        Args:
            method: of HTTP.
            path: below the base URL, or a whole URL.
            cast_to: dict, list, str, bytes, object, NoneType, a `BaseModel`, or `httpx.Response`.
            body: a mapping, sent as JSON, or bytes.
            options: `headers`, `params`, `extra_json`, `timeout`, `max_retries` and `idempotency_key`.
            files: sent with the body as a form: for each field bytes, a path, a file opened in binary mode,
                or a tuple of file name and one of these.

        Raises:
            APIStatusError: the server refused, with a class for each status.
            APIConnectionError: no connection, or it broke.
        """
        from myna.client.calls import Call
        from myna.client.casting import read_as

        response, _ = await self.send(Call.custom(method, path, body, options or {}, files))
        return read_as(response, cast_to)

    async def close(self) -> None:
        """Close all HTTP connections and let go of this machine's engines; idempotent."""
        if "_http" in self.__dict__:
            await self._http.close()
        if "_desk" in self.__dict__:
            await self._desk.aclose()
        if self._given_http_client is not None:
            await self._given_http_client.aclose()

    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return "_http" in self.__dict__ and self._http.is_closed

    async def send(self, call: Call, *, stream: bool = False) -> tuple[httpx.Response, int]:
        """The response of a call, and how many tries had failed before."""
        return await self._http.run(call, self.settings, stream=stream)

    def websocket_opener(
        self,
        path: str,
        query: Query,
        headers: Headers,
        options: Mapping[str, Any],
    ) -> Callable[[OnMessages, OnLost], Awaitable[AsyncWebSocket]]:
        """What opens the WebSocket of `path`.

        Raises:
            InvalidCall: an option does not exist.
        """
        if self.settings.address is None:
            from myna.client.aio.local import AsyncLocalWebSocket
            from myna.transport.addresses import query_pairs

            version = self.settings.version(query, headers)
            pairs = query_pairs(self.settings.all_query(query))

            async def open(on_messages: OnMessages, on_lost: OnLost) -> AsyncWebSocket:
                return await AsyncLocalWebSocket.open(self._desk, path, pairs, version, on_messages, on_lost)

            return open
        from myna.client.aio.opening import opener

        target = self.settings.target(path, query=query, headers=headers, options=options)
        return opener(target, self._websocket_transport)

    @cached_property
    def _http(self) -> AsyncHttp:
        from myna.client.aio.http import AsyncHttp

        return AsyncHttp(self._given_http_client if self.settings.address else None, self._make_http_client)

    def _make_http_client(self) -> httpx.AsyncClient:
        from myna.client.defaults import DefaultAsyncHttpxClient

        if self.settings.address is not None:
            return DefaultAsyncHttpxClient()
        from myna.client.aio.local import AsyncLocalTransport

        return DefaultAsyncHttpxClient(transport=AsyncLocalTransport(self._desk))

    @cached_property
    def _desk(self) -> Desk:
        from myna.client.desk import Desk
        from myna.providers.local import LocalProvider

        data = self.settings.data
        return Desk(LocalProvider() if data is None else LocalProvider(data=data))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()


class AsyncCartesia(AsyncMyna):
    """`AsyncMyna` with Cartesia's defaults: the key of CARTESIA_API_KEY, the URL of CARTESIA_BASE_URL.

    With a key and no URL it talks to Cartesia's cloud; with neither it is `AsyncMyna()`.

    Example:
        >>> client = AsyncCartesia(api_key="sk_car_...")
        >>> str(client.base_url)
        'https://api.cartesia.ai/'
    """

    _read_settings = staticmethod(cartesia_settings)
