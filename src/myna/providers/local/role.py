"""What is known of a stream once its voice is."""

from __future__ import annotations

from dataclasses import dataclass

from myna.providers.local.pronouncing import Lexicon
from myna.speech import accents
from myna.speech.languages import normalize_tag, primary, same_language
from myna.speech.voices import Voice

_FLITE_SPEAKS = ("en", "en-US", "en-CA")
"""What of English the recordings of Flite sound like."""


@dataclass(frozen=True, slots=True)
class Role:
    """Who speaks, and what.

    Attributes:
        voice: who.
        language: BCP-47 tag of the text.
        lexicon: words that are said in a given way.
    """

    voice: Voice
    language: str
    lexicon: Lexicon | None = None

    @property
    def suits_flite(self) -> bool:
        """Whether Flite is the engine for it, where this machine has Flite.

        A voice that somebody made speaks other English than American with eSpeak NG, which knows the sounds.
        """
        if primary(self.language) != "en" or self.voice.timbre.flite_base is None:
            return False
        built_in = self.voice.owner is None and self.voice.likeness is None
        return built_in or self.language in _FLITE_SPEAKS


def spoken_language(voice: Voice, asked: str | None) -> str:
    """The BCP-47 tag of what a voice speaks where `asked` is asked for.

    A language without a region is spoken as the voice is used to: with an accent that it has, else with its
    own. A region that one of its accents belongs to is spoken with this accent.

    Raises:
        InvalidRequest: `asked` is not a language tag.
    """
    own = [accents.find(id) for id in (voice.accent, *voice.accents) if id is not None]
    if not asked:
        return next((accent.spoken for accent in own[:1] if voice.accent and accent.spoken), voice.language)
    tag = normalize_tag(asked)
    if "-" in tag:
        return next((accent.spoken for accent in own if accent.locale == tag and accent.spoken), tag)
    for accent in own:
        if accent.spoken and same_language(accent.spoken, tag):
            return accent.spoken
    return voice.language if same_language(voice.language, tag) else tag
