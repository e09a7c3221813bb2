"""Transcripts as texts of the formats that programs and players read."""

from __future__ import annotations

import json

from myna.cli.hearing_options import TranscriptFormat
from myna.speech.listening import TimedWord
from myna.speech.subtitles import Cue, cues, srt, vtt
from myna.speech.transcripts import Transcript


def written(
    heard: Transcript, form: TranscriptFormat, *, file: str, language: str | None, words: bool = False
) -> str:
    """A transcript as text that ends in a line break.

    Args:
        heard: what was heard.
        form: of the text.
        file: name of the recording.
        language: that was asked for, where the engine tells none.
        words: each word by itself, with its times; JSON has them in any case.
    """
    if form is TranscriptFormat.json:
        return json.dumps(_fields(heard, file, language), ensure_ascii=False) + "\n"
    if form is TranscriptFormat.text:
        if not words:
            return f"{heard.text}\n"
        return "".join(f"{max(word.start, 0.0):.2f}\t{word.end:.2f}\t{word.text}\n" for word in heard.words)
    timed = _words(heard)
    made = [Cue(word.start, word.end, (word.text,)) for word in timed] if words else cues(timed)
    return srt(made) if form is TranscriptFormat.srt else vtt(made)


def _fields(heard: Transcript, file: str, language: str | None) -> dict[str, object]:
    return {
        "file": file,
        "text": heard.text,
        "language": heard.language or language,
        "duration": round(heard.seconds, 3),
        "words": [
            {"word": word.text, "start": round(word.start, 3), "end": round(word.end, 3)}
            for word in heard.words
        ],
    }


def _words(heard: Transcript) -> list[TimedWord]:
    """The words; a stretch whose words have no times is spread over its seconds."""
    timed: list[TimedWord] = []
    for final in heard.finals:
        texts = [] if final.words else final.text.split()
        step = (final.until - final.start) / len(texts) if texts else 0.0
        spread = [
            TimedWord(text, final.start + i * step, final.start + (i + 1) * step)
            for i, text in enumerate(texts)
        ]
        timed += final.words or spread
    return timed
