"""Languages and accents that voices are given: what is asked for, as what engines speak."""

from __future__ import annotations

from myna.engines.espeak.languages import voice_of
from myna.providers.local import catalogue
from myna.speech import accents
from myna.speech.errors import EngineError, InvalidRequest
from myna.speech.languages import normalize_tag, same_language
from myna.speech.voices import LocalizeDraft


def usual_tag(language: str) -> str:
    """A language tag as it is kept: one without a region becomes that of its usual voice.

    Raises:
        InvalidRequest: not a tag, or no engine speaks it.
    """
    tag = normalize_tag(language)
    try:
        voice_of(tag)
    except EngineError as error:
        raise InvalidRequest(error.message) from None
    native = None if "-" in tag else catalogue.native(tag)
    return native.language if native is not None else tag


def spoken_tag(accent: str, language: str) -> str:
    """What a voice of a language speaks with one of its accents.

    Raises:
        InvalidRequest: there is no such accent, no engine speaks it, or it belongs to another language.
    """
    found, spoken = accents.spoken_with(accent)
    if not same_language(spoken, language):
        raise InvalidRequest(
            f"{found.id} is no accent of {language}; localize the voice to give it another language."
        )
    return spoken


def target(draft: LocalizeDraft) -> tuple[str | None, str]:
    """The accent and the language of a localised voice.

    Raises:
        InvalidRequest: nothing is asked for, or things that do not go together.
    """
    if draft.accent:
        accent, spoken = accents.spoken_with(draft.accent)
        if draft.language and not same_language(draft.language, spoken):
            raise InvalidRequest(f"{accent.id} is no accent of {draft.language}; leave one of them out.")
        if draft.dialect and accents.of_dialect(spoken, draft.dialect) != accent:
            raise InvalidRequest("accent and dialect differ; leave dialect out.")
        return accent.id, spoken
    if not draft.language:
        raise InvalidRequest("language is missing; say which language or accent the voice is to speak.")
    if draft.dialect:
        accent, spoken = accents.spoken_with(accents.of_dialect(draft.language, draft.dialect).id)
        return accent.id, spoken
    tag = usual_tag(draft.language)
    usual = accents.usual(tag)
    return (usual.id if usual is not None else None), tag


def check_attachable(accent: str) -> None:
    """Refuse an accent that no voice can have beside its own.

    Raises:
        InvalidRequest: there is no such accent, no engine speaks it, or it cannot be added.
    """
    found, _ = accents.spoken_with(accent)
    if not found.is_attachable:
        raise InvalidRequest(f"The accent {found.id} cannot be added to a voice; localize the voice to it.")
