"""The provider that speaks with the engines of this machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

from myna.engines.changers import EngineChanging
from myna.engines.changing.protocols import Conversion
from myna.engines.espeak.languages import voice_of
from myna.engines.pool import WorkerPool
from myna.engines.protocols import LONGEST_RECORDING
from myna.providers.local import catalogue, changing, infilling, listening, models
from myna.providers.local.archive import Archive
from myna.providers.local.dictionaries import LocalDictionaries
from myna.providers.local.pools import Lease, Pool, lease
from myna.providers.local.pronouncing import Lexicon
from myna.providers.local.role import Role, spoken_language
from myna.providers.local.voices import LocalVoices
from myna.providers.protocols import Capabilities, Changing, Listening
from myna.speech.access import Caller
from myna.speech.changing import ChangeRequest, ConversionEvent, ConversionRequest, InfillRequest
from myna.speech.errors import EngineError, InvalidRequest, NotOffered, UsageError
from myna.speech.events import AudioChunk
from myna.speech.languages import normalize_tag, primary
from myna.speech.listening import ListeningRequest, TranscriptionEvent, TranscriptionRequest, check_input
from myna.speech.requests import SpeechRequest
from myna.speech.voices import Voice, VoiceChoice

if TYPE_CHECKING:
    from myna.library import Library
    from myna.providers.local.speaking import Speaking

_NO_FLITE = (
    "The engine 'flite' was not found on this machine: install its library (Debian: libflite1), "
    "or leave the choice of the engine to a model such as 'sonic-latest'."
)
_ONLY_ENGLISH = "The engine 'flite' speaks only English, not {language!r}: take another model or 'espeak'."


class LocalProvider:
    """Speech by eSpeak NG and Flite in worker processes, with the built-in voices.

    English is spoken by Flite where the machine has it and the voice has a Flite realisation, all else by
    eSpeak NG; the model ids `espeak` and `flite` force one.

    Example:
        >>> provider = LocalProvider()
        >>> speech = provider.speak(SpeechRequest(voice=VoiceChoice("Wren")))
        >>> speech.push("Hello there.")
        >>> speech.finish()
        >>> async for event in speech.events(): ...
    """

    name = "local"

    def __init__(
        self,
        *,
        workers: int | None = None,
        pool: Pool | None = None,
        any_model: bool = False,
        library: Library | None = None,
        data: Path | None = None,
        require_consent: bool = False,
        longest_recording: float = LONGEST_RECORDING,
        whisper_models: Collection[str] | None = None,
    ) -> None:
        """Prepare; `start` or the first speech starts the workers.

        Args:
            workers: processes of a pool of its own; without it, the pool of this process is shared.
            pool: a pool to use instead, which stays the caller's to close.
            any_model: take unknown model ids for local ones, with a warning in the log.
            library: where voices and dictionaries are kept, which stays the caller's to close.
            data: folder of a library that is opened once it is needed; None for this user's.
            require_consent: refuse clones without the declared consent of the speaker.
            longest_recording: seconds of the longest recording that is written down, or changed.
            whisper_models: names and folders of Whisper models that may be asked for beside those that
                everybody knows (`models.WHISPER_SIZES`); None for any, where nobody else can ask.
        """
        self._workers = workers
        self._given = pool
        self._any_model = any_model
        self._longest = longest_recording
        self._whisper = None if whisper_models is None else frozenset(whisper_models)
        self._archive = Archive(library, data)
        self.voices = LocalVoices(self._archive, self._started, self.speak, require_consent=require_consent)
        self.dictionaries = LocalDictionaries(self._archive)
        self.targets = changing.Targets(self._archive, self._engaged, self.speak)
        self._own: WorkerPool | None = None
        self._lease: Lease | None = None
        self._speeches: WeakSet[Speaking] = WeakSet()
        self._live: WeakSet[listening.LocalListening | changing.LocalChanging] = WeakSet()
        self._closed = False

    @property
    def pool(self) -> Pool | None:
        """The pool in use, None before the start."""
        return self._given or self._own or (self._lease.pool if self._lease else None)

    def capabilities(self, model: str, language: str) -> Capabilities:
        """What it can do for this model and language; an unknown model speaks nothing."""
        try:
            forced = models.engine_of(model) if not self._any_model else _forced(model)
            self._check(forced, normalize_tag(language))
        except InvalidRequest:
            return self._hears(model, language)
        return Capabilities(
            speaks=True,
            streams_text=True,
            word_timestamps=True,
            phoneme_timestamps=True,
            emotions=True,
            changes=True,
        )

    def _hears(self, model: str, language: str) -> Capabilities:
        try:
            listening.choose(model, language, whisper=self._whisper)
        except (InvalidRequest, NotOffered):
            return Capabilities(speaks=False)
        return Capabilities(speaks=False, word_timestamps=True, listens=True, streams_audio=True)

    def speak(self, request: SpeechRequest) -> Speaking:
        """Begin a stream of speech.

        Raises:
            ModelNotFound: no such model.
            InvalidRequest: the language is not offered, or not by the engine that the model forces.
            UsageError: the provider is closed.
        """
        if self._closed:
            raise UsageError("This provider is closed; make a new one.")
        from myna.providers.local.speaking import Speaking

        forced = models.engine_of(request.model, any_model=self._any_model)
        if request.normalization not in ("auto", "off"):
            normalize_tag(request.normalization)
        if request.language:
            self._check(forced, normalize_tag(request.language))
        voice = request.voice
        if isinstance(voice, VoiceChoice):
            voice = self.voices.at_once(voice, request.caller, request.language) or voice
        id, lexicon = request.pronunciation_dict_id, None
        if id is not None:
            lexicon = self.dictionaries.lexicon_at_once(id, request.caller)
        role: Role | Callable[[], Awaitable[Role]]
        if isinstance(voice, VoiceChoice) or (id is not None and lexicon is None):
            role = partial(self._look_up, request, voice, forced)
        else:
            role = self._role(request, voice, forced, lexicon)

        async def ready(role: Role) -> tuple[Pool, str]:
            pool = await self._started()
            return pool, _choose(forced, role, pool.engines)

        speech = Speaking(request, role, ready)
        self._speeches.add(speech)
        return speech

    async def _look_up(self, request: SpeechRequest, voice: Voice | VoiceChoice, forced: str | None) -> Role:
        if isinstance(voice, VoiceChoice):
            voice = await self.voices.find(voice, request.caller)
        id, lexicon = request.pronunciation_dict_id, None
        if id is not None:
            lexicon = await self.dictionaries.lexicon(id, request.caller)
        return self._role(request, voice, forced, lexicon)

    def _role(
        self, request: SpeechRequest, voice: Voice, forced: str | None, lexicon: Lexicon | None
    ) -> Role:
        language = spoken_language(voice, request.language)
        self._check(forced, language)
        return Role(voice, language, lexicon)

    def listen(self, request: ListeningRequest) -> Listening:
        """Begin to listen to a live stream.

        Raises:
            ModelNotFound: no such model.
            UnsupportedInput: no such encoding or rate.
            InvalidRequest: the engine does not know the language, or thresholds or keyterms that cannot be.
            NotOffered: no engine that listens is installed.
            UsageError: the provider is closed.
        """
        asked = listening.hearing(request, any_model=self._any_model, whisper=self._whisper)
        client = f"{request.caller.owner or ''}/{request.connection}"
        stream = listening.LocalListening(request.format, self._engaged().listen(asked, client=client))
        self._live.add(stream)
        return stream

    def transcribe(self, request: TranscriptionRequest) -> AsyncIterator[TranscriptionEvent]:
        """Write down a recording.

        Raises:
            ModelNotFound, UnsupportedInput, InvalidRequest, NotOffered, UsageError: as from `listen`.
            AudioRejected, EngineError, Overloaded: as the protocol says, while it is iterated.
        """
        asked = listening.recording(request, self._longest, any_model=self._any_model, whisper=self._whisper)
        return self._engaged().transcribe(asked, client=f"{request.caller.owner or ''}/")

    def change(self, request: ChangeRequest) -> Changing:
        """Begin to change the voice of a live stream.

        Raises:
            UnsupportedInput: no such encoding or rate.
            UsageError: the provider is closed.
        """
        pool = self._engaged()
        client = f"{request.caller.owner or ''}/{request.connection}"

        async def begin() -> EngineChanging:
            return pool.change(await self.target(request.voice, request.caller), client=client)

        stream = changing.LocalChanging(check_input(request.format), begin)
        self._live.add(stream)
        return stream

    def convert(self, request: ConversionRequest) -> AsyncIterator[ConversionEvent]:
        """Change the voice of a recording.

        Raises:
            UnsupportedInput: no such encoding or rate.
            UsageError: the provider is closed.
            VoiceNotFound, AudioRejected, EngineError, Overloaded: as the protocol says, while it is iterated.
        """
        if request.format is not None:
            check_input(request.format)

        async def begin() -> Conversion:
            target = await self.target(request.voice, request.caller)
            return changing.conversion(request, target, self._longest)

        return changing.converted(self._engaged(), begin, f"{request.caller.owner or ''}/")

    async def target(self, voice: Voice | VoiceChoice, caller: Caller) -> bytes:
        """What the pool changes others into for a voice.

        Raises:
            VoiceNotFound: there is no such voice.
            InvalidRequest: an embedding that is none.
            MynaError: it cannot be spoken or measured.
        """
        return await self.targets.of(await self._voice(voice, caller))

    def infill(self, request: InfillRequest) -> AsyncIterator[AudioChunk]:
        """Speak between recordings.

        Raises:
            UsageError: the provider is closed.
            ModelNotFound, InvalidRequest, VoiceNotFound, ClipRejected, EngineError, Overloaded: as the
                protocol says, while it is iterated.
        """
        return infilling.filled(self._engaged(), request, self.speak, self._voice)

    async def _voice(self, voice: Voice | VoiceChoice, caller: Caller) -> Voice:
        return await self.voices.find(voice, caller) if isinstance(voice, VoiceChoice) else voice

    async def start(self) -> None:
        """Start the workers and load what the first speech needs; idempotent.

        Raises:
            EngineCrashed: no worker comes up.
            UsageError: the provider is closed.
        """
        if self._closed:
            raise UsageError("This provider is closed; make a new one.")
        warming = asyncio.create_task(asyncio.to_thread(_warm))
        try:
            await self._started()
        finally:
            await warming

    async def aclose(self) -> None:
        """End all streams and the workers, where they are not shared or given; idempotent."""
        self._closed = True
        for speech in tuple(self._speeches):
            speech.cancel()
        for stream in tuple(self._live):
            stream.cancel()
        self.targets.close()
        if self._own is not None:
            await self._own.aclose()
        if self._lease is not None:
            await self._lease.give_back()
            self._lease = None
        await self._archive.aclose()

    async def _started(self) -> Pool:
        pool = self._engaged()
        await pool.start()
        return pool

    def _engaged(self) -> Pool:
        """The pool, which those who listen need not start."""
        if self._closed:
            raise UsageError("This provider is closed; make a new one.")
        pool = self._given or self._own
        if pool is None and self._workers is not None:
            pool = self._own = WorkerPool(workers=self._workers)
        if pool is None:
            if self._lease is None or not self._lease.is_usable:
                self._lease = lease()
            pool = self._lease.pool
        return pool

    def _check(self, forced: str | None, language: str) -> None:
        """Refuse what no engine can do, as far as that is known before the start."""
        if forced == "flite":
            if primary(language) != "en":
                raise InvalidRequest(_ONLY_ENGLISH.format(language=language))
            engines = self.pool.engines if self.pool else frozenset()
            if engines and "flite" not in engines:
                raise InvalidRequest(_NO_FLITE)
            return
        try:
            voice_of(language)
        except EngineError as error:
            raise InvalidRequest(error.message) from None


def _forced(model: str) -> str | None:
    return models.engine_of(model) if models.is_known(model) else None


def _choose(forced: str | None, role: Role, engines: frozenset[str]) -> str:
    """The engine that speaks.

    Raises:
        InvalidRequest: the one that is forced is not there.
    """
    if forced == "flite" and "flite" not in engines:
        raise InvalidRequest(_NO_FLITE)
    if forced is not None:
        return forced
    return "flite" if role.suits_flite and "flite" in engines else "espeak"


def _warm() -> None:
    """Load what would hold up the first words otherwise."""
    for module in ("myna.providers.local.speaking", "num2words"):
        import_module(module)
    catalogue.voices()
