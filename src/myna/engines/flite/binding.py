"""The C library of Flite, as much of it as Myna calls.

The library ends the process on some misuse and draws its noise from the C library's `rand`, so it lives in
worker processes, one call at a time.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from ctypes import POINTER, byref, c_char_p, c_float, c_int, c_void_p
from typing import Any, NamedTuple

from myna.speech.errors import EngineError

_CORE = ("libflite.so.1", "libflite_usenglish.so.1", "libflite_cmulex.so.1")
_BUFFER = 256
"""Least samples of a buffer; the first is ready soonest when it is small."""
_SEED = 1
_LEVELS = {"slt": 0.75, "rms": 1.25, "awb": 0.9}
"""Factors that bring the recorded voices to one loudness, without samples beyond full scale."""
_CONTINUE, _STOP = 0, -1


class _Wave(ctypes.Structure):
    _fields_ = (
        ("type", c_char_p),
        ("sample_rate", c_int),
        ("num_samples", c_int),
        ("num_channels", c_int),
        ("samples", c_void_p),
    )


class _Stream(ctypes.Structure):
    pass


_Callback = ctypes.CFUNCTYPE(c_int, POINTER(_Wave), c_int, c_int, c_int, POINTER(_Stream))
_Stream._fields_ = (
    ("min_buffsize", c_int),
    ("callback", _Callback),
    ("utterance", c_void_p),
    ("item", c_void_p),
    ("user", c_void_p),
)


class _Voice(ctypes.Structure):
    _fields_ = (("name", c_char_p), ("features", c_void_p))


class _Model(ctypes.Structure):
    """Statistical model of a recorded voice; only some of its fields matter here."""

    _fields_ = (
        ("name", c_char_p),
        ("types", c_void_p),
        ("num_types", c_int),
        ("sample_rate", c_int),
        ("f0_mean", c_float),
        ("f0_stddev", c_float),
        ("num_f0_models", c_int),
        ("f0_trees", c_void_p),
        ("num_param_models", c_int),
        ("param_trees", c_void_p),
        ("spamf0_accent_tree", c_void_p),
        ("spamf0_phrase_tree", c_void_p),
        ("num_channels", c_void_p),
        ("num_frames", c_void_p),
        ("model_vectors", c_void_p),
        ("num_channels_spamf0_accent", c_int),
        ("num_frames_spamf0_accent", c_int),
        ("spamf0_accent_vectors", c_void_p),
        ("model_min", c_void_p),
        ("model_range", c_void_p),
        ("qtable", c_void_p),
        ("model_shape", c_int),
        ("frame_advance", c_float),
        ("num_dur_models", c_int),
        ("dur_stats", c_void_p),
        ("dur_cart", c_void_p),
        ("phone_states", c_void_p),
        ("do_mlpg", c_int),
        ("dynwin", c_void_p),
        ("dynwinsize", c_int),
        ("mlsa_alpha", c_float),
        ("mlsa_beta", c_float),
        ("multimodel", c_int),
        ("mixed_excitation", c_int),
        ("me_num", c_int),
        ("me_order", c_int),
        ("me_h", c_void_p),
        ("spamf0", c_int),
        ("gain", c_float),
        ("phoneset", c_void_p),
        ("char_sym_map", c_void_p),
        ("sym_phone_map", c_void_p),
        ("freeable", c_int),
    )


class Segment(NamedTuple):
    """A phone sounds until `end` seconds; `behind` is the character behind its token, 0 in a pause."""

    phone: str
    end: float
    behind: int


Receiver = Callable[[bytes, int, list[Segment] | None], bool]
"""Takes a buffer of s16 samples, their rate, and with the first buffer all phones; False ends the text."""


class Library:
    """The one loaded Flite of this process."""

    def __init__(self) -> None:
        """Load the library, without any voice.

        Raises:
            EngineError: it is not installed.
        """
        find()
        self._lib = _declare(ctypes.CDLL(_CORE[0]))
        self._libc = ctypes.CDLL(None)
        self._lib.flite_init()
        self._stream = self._lib.new_audio_streaming_info()
        self._callback = _Callback(self._receive)
        self._stream.contents.min_buffsize = _BUFFER
        self._stream.contents.callback = self._callback
        self._voices: dict[str, Any] = {}
        self._models: list[_Model] = []
        self._receiver: Receiver | None = None
        self._failure: BaseException | None = None
        self._begun = False

    def load(self, name: str) -> Any:
        """The voice called `name`, loaded once.

        Raises:
            EngineError: its library is not installed.
        """
        voice = self._voices.get(name)
        if voice is None:
            try:
                library = ctypes.CDLL(f"libflite_cmu_us_{name}.so.1", mode=ctypes.RTLD_GLOBAL)
                register = library[f"register_cmu_us_{name}"]
            except (OSError, AttributeError) as error:
                raise EngineError(f"Flite has no voice {name!r}: {error}.") from None
            register.restype, register.argtypes = POINTER(_Voice), [c_char_p]
            voice = self._voices[name] = register(None)
            lib, features = self._lib, voice.contents.features
            lib.flite_feat_set(features, b"streaming_info", lib.audio_streaming_info_val(self._stream))
            self._adjust(name, features)
        return voice

    def speak(
        self, name: str, text: str, receiver: Receiver, *, pitch: float, spread: float, stretch: float
    ) -> None:
        """Speak `text`, handing each buffer to `receiver` as it is made.

        Args:
            name: the voice.
            text: ASCII without control characters.
            receiver: called on this thread; what it raises is raised here after the engine has stopped.
            pitch: mean of the melody in Hz.
            spread: standard deviation of the melody in Hz; recorded voices keep their own.
            stretch: factor on every duration.

        Raises:
            EngineError: the voice is not installed, or the text cannot be spoken.
        """
        lib, voice = self._lib, self.load(name)
        features = voice.contents.features
        lib.flite_feat_set_float(features, b"int_f0_target_mean", pitch)
        lib.flite_feat_set_float(features, b"int_f0_target_stddev", spread)
        lib.flite_feat_set_float(features, b"duration_stretch", stretch)
        self._libc.srand(_SEED)
        self._receiver, self._failure, self._begun = receiver, None, False
        try:
            utterance = lib.flite_synth_text(text.encode("ascii", "replace"), voice)
        finally:
            self._receiver = None
        if utterance:
            lib.delete_utterance(utterance)
        if self._failure is not None:
            raise self._failure
        if not utterance:
            raise EngineError("Flite could not speak the text.")

    def teach(self, name: str, words: dict[str, list[str]]) -> None:
        """Give the voice pronunciations of made-up words, in place of those taught before."""
        from tempfile import NamedTemporaryFile  # slow to load and seldom needed

        voice = self.load(name)
        with NamedTemporaryFile("w", encoding="ascii", prefix="myna-", suffix=".lex") as file:
            file.writelines(f'"{word}" nil : {" ".join(phones)}\n' for word, phones in words.items())
            file.flush()
            self._lib.flite_voice_add_lex_addenda(voice, file.name.encode())

    def _adjust(self, name: str, features: int) -> None:
        """Give a recorded voice a copy of its model in which pitch can be set and the level is ours.

        Some models overrule the mean pitch with a melody of their own; the copy does not.
        """
        lib = self._lib
        value = lib.flite_get_param_val(features, b"cg_db", None)
        if not value:
            return
        model = _Model()
        ctypes.memmove(byref(model), lib.val_cg_db(value), ctypes.sizeof(_Model))
        if model.sample_rate != 16000 or not 50 < model.f0_mean < 400 or not 0 < model.gain < 10:
            return  # another build of the library, laid out differently: better left alone
        model.spamf0 = model.freeable = 0
        model.gain *= _LEVELS.get(name, 1.0)
        self._models.append(model)
        lib.flite_feat_set(features, b"cg_db", lib.cg_db_val(byref(model)))

    def _receive(self, wave: Any, start: int, size: int, last: int, stream: Any) -> int:
        if self._receiver is None:
            return _STOP
        try:
            segments = None
            if not self._begun:
                self._begun = True
                segments = list(self._segments(stream.contents.utterance))
            samples = ctypes.string_at(wave.contents.samples + 2 * start, 2 * size)
            return _CONTINUE if self._receiver(samples, wave.contents.sample_rate, segments) else _STOP
        except BaseException as error:
            self._failure = error
            return _STOP

    def _segments(self, utterance: int) -> Iterator[Segment]:
        lib = self._lib
        item = lib.relation_head(lib.utt_relation(utterance, b"Segment"))
        while item:
            yield Segment(
                lib.flite_ffeature_string(item, b"name").decode("ascii", "replace"),
                lib.flite_ffeature_float(item, b"end"),
                lib.flite_ffeature_int(item, b"R:SylStructure.parent.parent.R:Token.parent.file_pos"),
            )
            item = lib.item_next(item)


def find() -> None:
    """Look for the libraries that every voice needs.

    Raises:
        EngineError: they are not installed.
    """
    try:
        for name in _CORE:
            ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError as error:
        raise EngineError(f"its library is not installed ({error}); on Debian install libflite1") from None


def installed(voice: str) -> bool:
    """Whether the library of a voice is there."""
    try:
        ctypes.CDLL(f"libflite_cmu_us_{voice}.so.1", mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True


_SIGNATURES: dict[str, tuple[Any, list[Any]]] = {
    "flite_init": (c_int, []),
    "new_audio_streaming_info": (POINTER(_Stream), []),
    "audio_streaming_info_val": (c_void_p, [POINTER(_Stream)]),
    "flite_feat_set": (None, [c_void_p, c_char_p, c_void_p]),
    "flite_feat_set_float": (None, [c_void_p, c_char_p, c_float]),
    "flite_get_param_val": (c_void_p, [c_void_p, c_char_p, c_void_p]),
    "val_cg_db": (c_void_p, [c_void_p]),
    "cg_db_val": (c_void_p, [c_void_p]),
    "flite_synth_text": (c_void_p, [c_char_p, POINTER(_Voice)]),
    "delete_utterance": (None, [c_void_p]),
    "flite_voice_add_lex_addenda": (c_int, [POINTER(_Voice), c_char_p]),
    "utt_relation": (c_void_p, [c_void_p, c_char_p]),
    "relation_head": (c_void_p, [c_void_p]),
    "item_next": (c_void_p, [c_void_p]),
    "flite_ffeature_string": (c_char_p, [c_void_p, c_char_p]),
    "flite_ffeature_float": (c_float, [c_void_p, c_char_p]),
    "flite_ffeature_int": (c_int, [c_void_p, c_char_p]),
}


def _declare(lib: ctypes.CDLL) -> ctypes.CDLL:
    for name, (result, arguments) in _SIGNATURES.items():
        function = getattr(lib, name)
        function.restype, function.argtypes = result, arguments
    return lib
