"""What is asked of a provider."""

from __future__ import annotations

from dataclasses import dataclass

from myna.speech.access import LOCAL, Caller
from myna.speech.voices import Voice, VoiceChoice


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a stretch of text is to be said; 1.0 is the voice's own way.

    Attributes:
        speed: tempo factor, above 1.0 is faster.
        volume: linear gain.
        emotion: a name of the wire's emotion list; None or an unknown name is neutral.
        emotion_level: strength of the emotion, 1.0 is its usual amount.
    """

    speed: float = 1.0
    volume: float = 1.0
    emotion: str | None = None
    emotion_level: float = 1.0


@dataclass(frozen=True, slots=True)
class SpeechRequest:
    """All that holds for one stream of speech, whatever the texts of it.

    Attributes:
        voice: who speaks; a `VoiceChoice` is looked up by the provider.
        model: id as asked for; names an engine (`espeak`, `flite`) or lets the provider choose.
        language: BCP-47 tag of the text, None for the voice's own.
        delivery: how it is said, until markup says otherwise.
        normalization: "auto", "off" or the tag of a locale whose rules to read numbers by.
        duration: most seconds of audio; longer speech is cut.
        max_buffer_delay_ms: longest time for which text may be held back to speak it well; 0 speaks
            every complete run of words at once.
        word_timestamps: whether to send `WordTimes`.
        phoneme_timestamps: whether to send `PhonemeTimes`.
        normalized_timestamps: words as spoken ("twenty one") instead of as written ("21").
        pronunciation_dict_id: dictionary of the caller's that says how words are pronounced.
        caller: who asks: whose voices and dictionaries are found.
        connection: how it came; where many want to be spoken at once, each key has an equal share, and in
            it each connection.
    """

    voice: Voice | VoiceChoice
    model: str = "sonic-latest"
    language: str | None = None
    delivery: Delivery = Delivery()
    normalization: str = "auto"
    duration: float | None = None
    max_buffer_delay_ms: int = 3000
    word_timestamps: bool = False
    phoneme_timestamps: bool = False
    normalized_timestamps: bool = False
    pronunciation_dict_id: str | None = None
    caller: Caller = LOCAL
    connection: str = ""
