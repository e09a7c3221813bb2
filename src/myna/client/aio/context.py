"""One text that is spoken while it is written, for asyncio."""

from __future__ import annotations

import weakref
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any

from myna.client.contexts import FALLBACK_VOICE, Defaults, FormatParam, VoiceParam
from myna.client.events import Event
from myna.client.sentinels import Omit, omit
from myna.client.switchboard import Inbox
from myna.wire.cartesia.messages import GenerationRequest

if TYPE_CHECKING:
    from myna.client.aio.connection import AsyncTTSConnection

_SETTLE = 2**18


class AsyncTTSContext:
    """A text in the making: push pieces of it, receive its audio.

    Pushing and receiving may happen at the same time, in different tasks.

    Example:
        >>> context = connection.context(voice="Ada")
        >>> for piece in ("It is ", "late."):
        ...     await context.push(piece)
        >>> await context.no_more_inputs()
        >>> async for event in context.receive():
        ...     print(event.type)
    """

    def __init__(
        self, connection: AsyncTTSConnection, inbox: Inbox, defaults: Defaults, timeout: float | None
    ) -> None:
        self._connection = connection
        self._inbox = inbox
        self._defaults = defaults
        self._timeout = timeout
        weakref.finalize(self, connection.drop, inbox).atexit = False

    @property
    def context_id(self) -> str:
        """What the wire calls this context."""
        return self._defaults.context_id

    async def send(
        self,
        *,
        transcript: str,
        voice: VoiceParam,
        model_id: str | None = None,
        output_format: FormatParam | None = None,
        continue_: bool = True,
        language: str | Omit | None = omit,
        speed: str | float | None = None,
        add_timestamps: bool | Omit | None = omit,
        add_phoneme_timestamps: bool | Omit | None = omit,
        flush: bool | Omit | None = omit,
        generation_config: Mapping[str, Any] | Omit | None = omit,
        **more: Any,
    ) -> None:
        """Send a piece of text with all its parameters.

        Args:
            transcript: text that is appended verbatim; put spaces where there are some.
            voice: who speaks.
            model_id: None for the context's own.
            output_format: None for the context's own.
            continue_: whether more text may follow.
            language: language of the text; None to leave it to the voice.
            speed: "slow", "normal" or "fast".
            add_timestamps: have the times of words sent.
            add_phoneme_timestamps: have the times of phonemes sent.
            flush: have all text so far spoken without waiting for more.
            generation_config: `speed`, `volume` and `emotion`.
            more: further fields of the wire, sent as they are.

        Raises:
            InvalidCall: no_more_inputs() was called before.
            ConnectionLost: the connection has ended and text was lost with it.
            APITimeoutError: the server takes nothing in.
        """
        given = {
            "language": language,
            "add_timestamps": add_timestamps,
            "add_phoneme_timestamps": add_phoneme_timestamps,
            "generation_config": generation_config,
            "flush": flush,
            "speed": omit if speed is None else speed,
        }
        fields = self._defaults.message(
            transcript,
            voice,
            model_id=model_id,
            output_format=output_format,
            continue_=continue_,
            given=given,
            more=more,
        )
        await self._connection.send_fields(fields, self._inbox)

    async def push(
        self, transcript: str, *, continue_: bool = True, voice: VoiceParam | Omit = omit, **more: Any
    ) -> None:
        """Append text; everything else is as the context was made.

        Raises:
            InvalidCall: no voice was given here or to the context, or no_more_inputs() was called before.
            ConnectionLost: the connection has ended and text was lost with it.
            APITimeoutError: the server takes nothing in.
        """
        await self.send(
            transcript=transcript, continue_=continue_, voice=self._defaults.voice_or(voice), **more
        )

    async def flush(self) -> None:
        """Have all text so far spoken without waiting for more; a `flush_done` event tells when it is out."""
        await self.send(transcript="", voice=self._defaults.voice or FALLBACK_VOICE, flush=True)

    async def no_more_inputs(self) -> None:
        """Say that the text is complete; the context ends when all of it is spoken. Idempotent."""
        if self._defaults.closed:
            return
        await self.send(transcript="", voice=self._defaults.voice or FALLBACK_VOICE, continue_=False)
        self._defaults.closed = True

    async def cancel(self) -> None:
        """Stop speaking; whoever receives this context is let go, and nothing more comes of it."""
        request = GenerationRequest(context_id=self.context_id, cancel=True)
        await self._connection.cancel(request, self._inbox)

    async def receive(self) -> AsyncIterator[Event]:
        """The events of this context, up to `done` or `error`, or to `cancel`.

        Leaving early is fine: a later `receive` goes on where this one stopped.

        Raises:
            ConnectionLost: the connection ended before the context did.
            APITimeoutError: the server owed an event and sent none in time.
        """
        inbox, connection, timeout = self._inbox, self._connection, self._timeout
        inbox.observed = True
        events = inbox.events
        while True:
            if events:
                event = events.popleft()
                inbox.taken += event.size
            else:
                following = await connection.next_event(inbox, timeout)
                if following is None:
                    return
                event = following
            yield event
            if event.terminal:
                return
