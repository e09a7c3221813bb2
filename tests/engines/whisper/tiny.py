"""A Whisper model made on the spot that says what a test lets it say, in CTranslate2's own format.

Its weights are set by hand: each token leads to the next, an attention over the prompt notices which language
and which words were asked for, and the attention to the audio stays on the second in which a word is said and
notices whether there is any sound. So text, times, language and hints can be compared with what is known.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from ctranslate2.specs.transformer_spec import TransformerDecoderLayerSpec, TransformerEncoderLayerSpec
from ctranslate2.specs.whisper_spec import WhisperSpec
from faster_whisper.tokenizer import _LANGUAGE_CODES
from numpy.typing import NDArray
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

LANGUAGES = _LANGUAGE_CODES[:99]
"""Those that the models have tokens for: all but the one that came last."""
SECONDS = 30
"""How much audio a model takes in; the attention can tell its seconds apart."""

_WIDTH, _HEADS, _MELS, _FRAMES, _MOST_TOKENS = 128, 2, 80, 1500, 448
_HEAD = _WIDTH // _HEADS
_CODES, _HINTS, _NOTICED, _SOUND = 0, 64, 84, 104
"""Where in the state of a token it is told: which token it is, whether it is a hint, which hints came before
it, and whether there is sound. In the state of a moment of audio the first numbers tell its second."""
_MOST_CODES, _MOST_HINTS = _HINTS - _CODES, _NOTICED - _HINTS
_SURE = 8.0


@dataclass(frozen=True)
class Script:
    """What a model says wherever it hears a sound.

    Attributes:
        words: with the second in which each is said; spaces as Whisper has them, no token twice.
        instead: (hint, word): what is said in its place; hints are words, or languages such as `<|es|>`.
        detects: the language that it hears.
        endless: after the last word the first comes again.
        deaf: it does not care whether there is any sound.
    """

    words: tuple[tuple[str, int], ...] = ((" Hello", 0), (" from", 1), (" Myna", 2), (".", 2))
    instead: dict[tuple[str, str], str] = field(default_factory=dict)
    detects: str = "de"
    endless: bool = False
    deaf: bool = False


def scripted(folder: Path, script: Script | None = None, *, multilingual: bool = True) -> Path:
    """Write a model into a folder that is made for it."""
    script = script or Script()
    tokens = _Tokens(script, multilingual)
    spec = WhisperSpec(1, _HEADS, 1, _HEADS)
    _encoder(spec, np.random.default_rng(1))
    _decoder(spec, script, tokens)
    return _save(folder, spec, tokens)


def deadly(folder: Path) -> Path:
    """Write a model that makes CTranslate2 divide by zero."""
    tokens = _Tokens(Script(), True)
    spec = WhisperSpec(1, 0, 1, _HEADS)
    _encoder(spec, np.random.default_rng(1))
    _decoder(spec, Script(), tokens)
    return _save(folder, spec, tokens)


def random(folder: Path, *, multilingual: bool = False, seed: int = 1) -> Path:
    """Write a model whose weights mean nothing."""
    tokens = _Tokens(Script(), multilingual)
    rng = np.random.default_rng(seed)
    spec = WhisperSpec(2, _HEADS, 2, _HEADS)
    _encoder(spec, rng, scale=0.3)
    decoder = spec.decoder
    decoder.embeddings.weight = _noise(rng, tokens.count, _WIDTH)
    decoder.projection.weight = _noise(rng, tokens.count, _WIDTH)
    decoder.position_encodings.encodings = _noise(rng, _MOST_TOKENS, _WIDTH)
    _norm(decoder.layer_norm)
    for layer in decoder.layer:
        _layer(layer, rng, scale=0.3)
    return _save(folder, spec, tokens)


class _Tokens:
    """The vocabulary: bytes, words, what fills up, and the marks, in Whisper's order."""

    def __init__(self, script: Script, multilingual: bool) -> None:
        level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        words = [word for word, _ in script.words] + list(script.instead.values())
        words += [hint for hint, _ in script.instead if not hint.startswith("<|")]
        spelled = [level.pre_tokenize_str(word)[0][0] for word in dict.fromkeys(words)]
        texts = list(dict.fromkeys([*sorted(pre_tokenizers.ByteLevel.alphabet()), *spelled]))
        self.marks = ["<|endoftext|>", "<|startoftranscript|>"]
        self.marks += [f"<|{language}|>" for language in LANGUAGES]
        self.marks += ["<|translate|>", "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>"]
        self.marks += ["<|notimestamps|>", *(f"<|{moment * 0.02:.2f}|>" for moment in range(1501))]
        if multilingual:
            texts.append("")  # CTranslate2 knows them by this token
        self.all = texts + self.marks
        self.count = len(self.all)
        ids = {token: number for number, token in enumerate(self.all)}
        self.tokenizer = Tokenizer(
            models.BPE({token: ids[token] for token in texts}, [], ignore_merges=True, unk_token=None)
        )
        self.tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        self.tokenizer.decoder = decoders.ByteLevel()
        self.tokenizer.add_special_tokens([AddedToken(mark, special=True) for mark in self.marks])
        assert self.tokenizer.token_to_id("<|endoftext|>") == ids["<|endoftext|>"]
        self.languages = [ids[f"<|{language}|>"] for language in LANGUAGES]
        self.first_mark = ids["<|endoftext|>"]
        self._ids = ids
        self._level = level

    def __getitem__(self, token: str) -> int:
        """The number of a word or a mark."""
        return (
            self._ids[token] if token in self._ids else self._ids[self._level.pre_tokenize_str(token)[0][0]]
        )


def _encoder(spec: WhisperSpec, rng: np.random.Generator, scale: float = 0.0) -> None:
    encoder = spec.encoder
    encoder.conv1.weight, encoder.conv1.bias = np.zeros((_WIDTH, _MELS, 3)), np.zeros(_WIDTH)
    encoder.conv2.weight, encoder.conv2.bias = np.zeros((_WIDTH, _WIDTH, 3)), np.zeros(_WIDTH)
    if scale:
        encoder.conv1.weight, encoder.conv2.weight = (
            _noise(rng, _WIDTH, of, 3, scale=scale) for of in (_MELS, _WIDTH)
        )
    # the mean of a frame: -1.5 where all is silent, 0 behind the end of the audio, more where it sounds
    encoder.conv1.weight[_SOUND, :, 1] = 10.0 / _MELS
    encoder.conv1.bias[_SOUND] = -1.0
    encoder.conv2.weight[_SOUND, _SOUND, 1] = 1.0
    places = np.zeros((_FRAMES, _WIDTH))
    places[np.arange(_FRAMES), np.arange(_FRAMES) * SECONDS // _FRAMES] = 1.0
    encoder.position_encodings.encodings = places
    _norm(encoder.layer_norm)
    for layer in encoder.layer:
        _layer(layer, rng, scale)


def _decoder(spec: WhisperSpec, script: Script, tokens: _Tokens) -> None:
    decoder = spec.decoder
    steps = _steps(script)
    hints = list(dict.fromkeys(hint for hint, _ in script.instead))
    codes = {token: place for place, token in enumerate(steps)}
    assert len(codes) <= _MOST_CODES and len(hints) <= _MOST_HINTS
    embeddings = np.zeros((tokens.count, _WIDTH))
    for token, place in codes.items():
        embeddings[tokens[token], _CODES + place] = 1.0
    for place, hint in enumerate(hints):
        embeddings[tokens[hint], _HINTS + place] = 1.0
    projection = np.zeros((tokens.count, _WIDTH))
    for token, (following, otherwise, _) in steps.items():
        projection[tokens[following], codes[token]] = _SURE
        if otherwise:
            projection[tokens[otherwise], codes[token]] = _SURE * 0.6
        for place, hint in enumerate(hints):
            if (hint, following) in script.instead:
                said = tokens[script.instead[hint, following]]
                projection[said, codes[token]] = _SURE * 0.9
                projection[said, _NOTICED + place] = _SURE * 0.5
    if not script.deaf:
        projection[tokens["<|nospeech|>"], codes["<|startoftranscript|>"]] = _SURE * 2.0
        projection[tokens["<|nospeech|>"], _SOUND] = -_SURE * 4.0
    decoder.embeddings.weight, decoder.projection.weight = embeddings, projection
    decoder.position_encodings.encodings = np.zeros((_MOST_TOKENS, _WIDTH))
    _norm(decoder.layer_norm)
    (layer,) = decoder.layer
    _layer(layer, np.random.default_rng(1))
    _notice_hints(layer.self_attention)
    _look_at_seconds(layer.attention, {codes[token]: second for token, (_, _, second) in steps.items()})


def _steps(script: Script) -> dict[str, tuple[str, str, int]]:
    """For each token the next one, one for when that is forbidden, and the second to look at."""
    first, start = script.words[0]
    end = script.words[-1][1] + 1
    steps = {
        "<|startoftranscript|>": (f"<|{script.detects}|>", "<|0.00|>", 0),
        "<|transcribe|>": ("<|0.00|>", "", 0),
        "<|notimestamps|>": (first, "", start),
        "<|0.00|>": (first, "", start),
        f"<|{end:.2f}|>": ("<|endoftext|>", "", end),
    }
    said = [*script.words, (f"<|{end:.2f}|>", end)]
    for (word, _), (following, second) in pairwise(said):
        steps[word] = (following, "<|endoftext|>" if script.endless else "", second)
    if script.endless:
        steps[script.words[-1][0]] = (first, "<|endoftext|>", end)
    for (_, word), other in script.instead.items():
        steps[other] = steps[word]
    return steps


def _notice_hints(attention: object) -> None:
    """Copy the hints that came before a token: one head those of odd places, the other the rest."""
    merged, out = attention.linear  # type: ignore[attr-defined]
    queries, keys, values = np.split(merged.weight, 3)
    for place in range(_MOST_HINTS):
        head = place % 2 * _HEAD
        merged.bias[head] = 10.0
        keys[head, _HINTS + place] = 1.0
        values[head + 1 + place, _HINTS + place] = 0.1
        out.weight[_NOTICED + place, head + 1 + place] = 1.0
    merged.weight = np.concatenate([queries, keys, values])


def _look_at_seconds(attention: object, seconds: dict[int, int]) -> None:
    """The first head looks at the second of the word to come, the other at what is loudest."""
    queries, merged, out = attention.linear  # type: ignore[attr-defined]
    keys, values = np.split(merged.weight, 2)
    for code, second in seconds.items():
        queries.weight[min(second, SECONDS - 1), _CODES + code] = 1.0
    keys[:SECONDS, :SECONDS] = np.eye(SECONDS)
    queries.bias[_HEAD] = 10.0
    keys[_HEAD, _SOUND] = 1.0
    values[_HEAD, _SOUND] = 0.1
    out.weight[_SOUND, _HEAD] = 1.0
    merged.weight = np.concatenate([keys, values])


def _layer(
    layer: TransformerEncoderLayerSpec | TransformerDecoderLayerSpec,
    rng: np.random.Generator,
    scale: float = 0.0,
) -> None:
    sizes = {"self_attention": (3 * _WIDTH, _WIDTH), "attention": (_WIDTH, 2 * _WIDTH, _WIDTH)}
    for name, outputs in sizes.items():
        attention = getattr(layer, name, None)
        if attention is not None:
            _norm(attention.layer_norm)
            for linear, rows in zip(attention.linear, outputs, strict=True):
                linear.weight, linear.bias = _noise(rng, rows, _WIDTH, scale=scale), np.zeros(rows)
    _norm(layer.ffn.layer_norm)
    layer.ffn.linear_0.weight, layer.ffn.linear_0.bias = _noise(rng, 64, _WIDTH, scale=scale), np.zeros(64)
    layer.ffn.linear_1.weight, layer.ffn.linear_1.bias = (
        _noise(rng, _WIDTH, 64, scale=scale),
        np.zeros(_WIDTH),
    )


def _norm(norm: object) -> None:
    norm.gamma, norm.beta = np.ones(_WIDTH), np.zeros(_WIDTH)  # type: ignore[attr-defined]


def _noise(rng: np.random.Generator, *shape: int, scale: float = 1.0) -> NDArray[np.float64]:
    return rng.standard_normal(shape) * scale


def _save(folder: Path, spec: WhisperSpec, tokens: _Tokens) -> Path:
    folder.mkdir(parents=True)
    spec.register_vocabulary(tokens.all)
    spec.config.suppress_ids = []
    spec.config.suppress_ids_begin = [tokens.first_mark]
    spec.config.lang_ids = tokens.languages
    spec.config.alignment_heads = [(0, 0)]
    spec.validate()
    spec.optimize("int8")
    spec.save(str(folder))
    tokens.tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": _MELS}))
    return folder
