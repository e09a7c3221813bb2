"""The C library of eSpeak NG, as much of it as Myna calls.

The library keeps one global state, so there is one `Library` per process and one call at a time.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from ctypes import POINTER, byref, c_char, c_char_p, c_int, c_size_t, c_uint, c_void_p
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

from myna.speech.errors import EngineError

WORD = 1
PHONEME = 7

_SYNCHRONOUS = 2
_BUFFER_MS = 190
"""Audio in one buffer: made in 0.2 ms, while every call from the library into Python costs a few us."""
_PHONEMES_IN_IPA_NO_EXIT = 0x8003
_UTF8 = 0x01
_PHONEME_INPUT = 0x100
_IPA = 2
SEPARATOR = "_"

_RATE, _VOLUME, _PITCH, _RANGE, _PUNCTUATION, _CAPITALS, _WORD_GAP = range(1, 8)
_USUAL, _SOFT = 90, 10
"""Volumes; at 100 many voices reach full scale, where the library turns itself down within a word."""
_FIXED = ((_VOLUME, _USUAL), (_PITCH, 50), (_RANGE, 50), (_PUNCTUATION, 0), (_CAPITALS, 0), (_WORD_GAP, 0))

_VOWEL = b"ah ah ah ah"


class _Content(ctypes.Union):
    _fields_ = (("number", c_int), ("name", c_char_p), ("string", c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", c_int),
        ("uid", c_uint),
        ("text_position", c_int),
        ("length", c_int),
        ("audio_position", c_int),
        ("sample", c_int),
        ("user", c_void_p),
        ("content", _Content),
    )


_Callback = ctypes.CFUNCTYPE(c_int, c_void_p, c_int, POINTER(_Event))


class Event(NamedTuple):
    """Something happens at a sample of the utterance; `position` counts characters of the text from 0."""

    type: int
    position: int
    sample: int
    phoneme: str


Receiver = Callable[[bytes, Iterator[Event]], bool]
"""Takes a buffer of s16 samples and the events in it; False ends the utterance."""


def packaged() -> tuple[Path, Path]:
    """The installed library, and the folder of its voices and dictionaries.

    Raises:
        EngineError: they are not installed.
    """
    try:
        loader = import_module("espeakng_loader")
        return Path(loader.get_library_path()), Path(loader.get_data_path())
    except (ImportError, RuntimeError) as error:
        raise EngineError(f"eSpeak NG is not installed ({error}); install espeakng-loader.") from None


class Library:
    """The one loaded eSpeak NG of this process."""

    def __init__(self, library: Path, data: Path) -> None:
        """Load `library` with the voices and dictionaries in the folder `data`.

        Raises:
            EngineError: the library cannot be loaded or refuses the folder.
        """
        try:
            self._lib = _declare(ctypes.CDLL(str(library)))
        except OSError as error:
            raise EngineError(f"The eSpeak NG library cannot be loaded: {error}.") from None
        folder = str(data).encode()
        self.sample_rate: int = self._lib.espeak_Initialize(
            _SYNCHRONOUS, _BUFFER_MS, folder, _PHONEMES_IN_IPA_NO_EXIT
        )
        if self.sample_rate <= 0:
            raise EngineError(f"eSpeak NG cannot use its data in {data}; reinstall espeakng-loader.")
        self._receiver: Receiver | None = None
        self._limited = False
        self._failure: BaseException | None = None
        self._callback = _Callback(self._receive)
        self._lib.espeak_SetSynthCallback(self._callback)

    def select(self, voice: str, *, rate: int, phonemes: bool) -> None:
        """Set the voice and every parameter, so that nothing of an earlier utterance lives on.

        Args:
            voice: name from the allow-list, with a variant of ours behind `+`.
            rate: words per minute.
            phonemes: whether events of phonemes are wanted.

        Raises:
            EngineError: there is no such voice.
        """
        lib = self._lib
        if lib.espeak_SetVoiceByName(voice.encode("ascii")) != 0:
            raise EngineError(f"eSpeak NG has no voice {voice!r}.")
        for parameter, value in _FIXED:
            lib.espeak_SetParameter(parameter, value, 0)
        lib.espeak_SetParameter(_RATE, rate, 0)
        lib.espeak_ng_SetPhonemeEvents(int(phonemes), 1)

    def speak(self, text: str, receiver: Receiver, *, phoneme_input: bool = False) -> None:
        """Speak `text`, handing each buffer to `receiver` as it is made.

        Args:
            text: without NUL and control characters.
            receiver: called on this thread; what it raises is raised here after the engine has stopped.
            phoneme_input: whether `[[…]]` in the text holds phoneme mnemonics.
        """
        raw = text.encode("utf-8", "replace")
        flags = _UTF8 | (_PHONEME_INPUT if phoneme_input else 0)
        self._settle()
        self._receiver, self._failure = receiver, None
        try:
            status = self._synthesize(raw, flags)
        finally:
            self._receiver = None
        if self._failure is not None:
            raise self._failure
        if status != 0:
            raise EngineError(f"eSpeak NG could not speak the text (status {status}).")

    def _synthesize(self, raw: bytes, flags: int) -> int:
        status: int = self._lib.espeak_Synth(raw, len(raw) + 1, 0, 1, 0, flags, byref(c_uint()), None)
        return status

    def _settle(self) -> None:
        """Undo what a loud utterance left behind.

        At full scale the library turns its level down, and up again over 0.1 s of voiced sound, be that in
        the next utterance. A soft vowel that nobody hears makes the next utterance begin as it always does.
        """
        if self._limited:
            self._lib.espeak_SetParameter(_VOLUME, _SOFT, 0)
            self._synthesize(_VOWEL, _UTF8)
            self._lib.espeak_SetParameter(_VOLUME, _USUAL, 0)
            self._limited = False

    def ipa_of(self, mnemonics: str) -> str:
        """How phonemes of the selected voice are written in IPA, each but the first behind a `SEPARATOR`."""
        lib = self._lib
        self._synthesize(b"", _UTF8 | _PHONEME_INPUT)
        text = c_char_p(f"[[{mnemonics}]]".encode("ascii"))
        written: bytes | None = lib.espeak_TextToPhonemes(byref(text), _UTF8, _IPA | ord(SEPARATOR) << 8)
        return (written or b"").decode("utf-8", "ignore")

    def _receive(self, samples: int | None, count: int, events: Any) -> int:
        if samples is None or self._receiver is None:
            return 0
        try:
            data = ctypes.string_at(samples, count * 2)
            # high bytes of samples near full scale
            if not self._limited:
                high = data[1::2]
                self._limited = 0x7F in high or 0x80 in high or 0x7E in high or 0x81 in high
            return 0 if self._receiver(data, _read(events)) else 1
        except BaseException as error:
            self._failure = error
            return 1


def _read(events: Any) -> Iterator[Event]:
    index = 0
    while kind := events[index].type:
        if kind in (WORD, PHONEME):
            event = events[index]
            name = event.content.string.decode("utf-8", "ignore") if kind == PHONEME else ""
            yield Event(kind, event.text_position - 1, event.sample, name)
        index += 1


def _declare(lib: ctypes.CDLL) -> ctypes.CDLL:
    lib.espeak_Initialize.argtypes = [c_int, c_int, c_char_p, c_int]
    lib.espeak_SetSynthCallback.argtypes = [_Callback]
    lib.espeak_SetSynthCallback.restype = None
    lib.espeak_SetVoiceByName.argtypes = [c_char_p]
    lib.espeak_SetParameter.argtypes = [c_int, c_int, c_int]
    lib.espeak_ng_SetPhonemeEvents.argtypes = [c_int, c_int]
    lib.espeak_TextToPhonemes.argtypes = [POINTER(c_char_p), c_int, c_int]
    lib.espeak_TextToPhonemes.restype = c_char_p
    lib.espeak_Synth.argtypes = [
        c_char_p,
        c_size_t,
        c_uint,
        c_int,
        c_uint,
        c_uint,
        POINTER(c_uint),
        c_void_p,
    ]
    return lib
