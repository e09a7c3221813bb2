"""The accents that the wire knows, and how the engines speak them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from myna.speech.errors import InvalidRequest
from myna.speech.languages import normalize_tag, primary

MOST_ACCENTS = 10
"""Accents of one voice, with the one it was made with."""


@dataclass(frozen=True, slots=True)
class Accent:
    """A way of speaking a language.

    Attributes:
        id: as on the wire.
        name: for people.
        language: code of the wire's language.
        locale: BCP-47 tag of where it is spoken.
        spoken: BCP-47 tag that engines are given for it; None where no engine comes near.
        is_locale_default: whether it is the usual one of its locale.
        is_attachable: whether a voice can be given it beside its own.
    """

    id: str
    name: str
    language: str
    locale: str
    spoken: str | None
    is_locale_default: bool
    is_attachable: bool

    @property
    def is_localizable(self) -> bool:
        """Whether a voice can be made to speak with it."""
        return self.spoken is not None


_TABLE = """
abruzzo-italian          it   it-IT   -
african-american         en   en-US   -
african-french           fr   fr-SN   -                 default
arabic                   ar   ar      ar                default
arabic-english           en   en-AE   -                 default
australian               en   en-AU   en-AU             default attachable
bagheli                  hi   hi-IN   -
belgian-french           fr   fr-BE   fr-BE             default
brazilian-portuguese     pt   pt-BR   pt-BR             default attachable
british                  en   en-GB   en-GB             default attachable
budapest                 hu   hu-HU   hu-HU             default
bulgarian                bg   bg-BG   bg-BG             default
california               en   en-US   -
camba                    es   es-BO   -                 default
campania                 it   it-IT   -
canadian-english         en   en-CA   en-CA             default
canadian-french          fr   fr-CA   fr-CA             default attachable
castilian                es   es-ES   es-ES             default attachable
central-tamil            ta   ta-IN   ta-IN             default attachable
central-thai             th   th-TH   th-TH             default attachable
central-vietnamese       vi   vi-VN   vi-VN-x-central
chilean                  es   es-CL   es-CL             default
colombian                es   es-CO   es-CO             default
czech                    cs   cs-CZ   cs-CZ             default
danish                   da   da-DK   da-DK             default
european-portuguese      pt   pt-PT   pt-PT             default
finnish                  fi   fi-FI   fi-FI             default
general-american         en   en-US   en-US             default attachable
high-german              de   de-DE   de-DE             default attachable
hindi                    hi   hi-IN   hi-IN             default attachable
indian-english           en   en-IN   en-IN             default
indian-urdu              ur   ur-IN   ur-IN             default
irish                    en   en-IE   en-IE             default
israeli                  he   he-IL   he-IL             default attachable
istanbul                 tr   tr-TR   tr-TR             default attachable
italian                  it   it-IT   it-IT             default attachable
jakarta                  id   id-ID   id-ID             default
japanese                 ja   ja-JP   ja-JP             default attachable
jessore                  bn   bn-BD   bn-BD             default
khaleeji                 ar   ar-AE   -                 default
konkani                  mr   mr-IN   mr-IN             default
korean                   ko   ko-KR   ko-KR             default attachable
kyiv                     uk   uk-UA   uk-UA             default
malay                    ms   ms-MY   ms-MY             default
mandarin                 zh   zh-CN   zh-CN             default attachable
manila                   tl   fil-PH  fil-PH            default
mexican                  es   es-MX   es-MX             default attachable
middle-eastern-arabic    ar   ar-JO   -                 default
midwestern-american      en   en-US   -
modern-standard-arabic   ar   ar-SA   ar-SA             default attachable
moldovan                 ro   ro-MD   -                 default
new-york                 en   en-US   en-US-nyc
new-zealand              en   en-NZ   en-NZ             default
north-kerala             ml   ml-IN   ml-IN             default
odia                     or   or-IN   or-IN             default
oslo                     no   nb-NO   nb-NO             default
parisian                 fr   fr-FR   fr-FR             default attachable
parsi                    gu   gu-IN   gu-IN             default
peruvian                 es   es-PE   es-PE             default
polish                   pl   pl-PL   pl-PL             default attachable
powadhi                  pa   pa-IN   pa-IN             default
randstad                 nl   nl-NL   nl-NL             default attachable
romanian                 ro   ro-RO   ro-RO             default
russian                  ru   ru-RU   ru-RU             default attachable
singaporean              en   en-SG   -                 default
slovak                   sk   sk-SK   sk-SK             default
south-african            en   en-ZA   en-ZA             default
southern-karnataka       kn   kn-IN   kn-IN             default
southern-us              en   en-US   en-US             attachable
southern-vietnamese      vi   vi-VN   vi-VN-x-south
standard-japanese        ja   ja-JP   ja-JP
stockholm                sv   sv-SE   sv-SE             default attachable
swiss-standard           de   de-CH   -                 default
taiwanese-mandarin       zh   zh-TW   -                 default
tbilisi                  ka   ka-GE   ka-GE             default
telangana                te   te-IN   te-IN             default attachable
thessaloniki             el   el-GR   el-GR             default
urdu                     ur   ur-PK   ur-PK             default
zagreb                   hr   hr-HR   hr-HR             default
"""
"""Id, language, locale, and what is spoken. Where engines know one standard of a language only, the default
accent of a locale is spoken with it: Jessore's Bengali with standard Bengali, the South of the United States
with General American, and the English of Australia, India, Ireland, New Zealand and South Africa with
British sounds. Accents farther away are not spoken at all."""

_DIALECTS = {
    ("en", "au"): "australian",
    ("en", "in"): "indian-english",
    ("en", "so"): "southern-us",
    ("en", "uk"): "british",
    ("en", "us"): "general-american",
    ("es", "mx"): "mexican",
    ("es", "pe"): "peruvian",
    ("pt", "br"): "brazilian-portuguese",
    ("pt", "eu"): "european-portuguese",
    ("fr", "eu"): "parisian",
    ("fr", "ca"): "canadian-french",
}
"""Language and dialect of a localisation on the wire, before accents had ids."""


@cache
def accents() -> tuple[Accent, ...]:
    """All accents, sorted by id."""
    return tuple(map(_accent, _TABLE.strip().splitlines()))


def find(id: str) -> Accent:
    """The accent with this id.

    Raises:
        InvalidRequest: there is none.
    """
    found = _ids().get(id)
    if found is None:
        raise InvalidRequest(
            f"There is no accent {id[:40]!r}; give an id such as british or mexican, see GET /accents."
        )
    return found


def spoken_with(id: str) -> tuple[Accent, str]:
    """The accent with this id, and the BCP-47 tag that engines are given for it.

    Raises:
        InvalidRequest: there is none, or no engine speaks it.
    """
    found = find(id)
    if found.spoken is None:
        raise InvalidRequest(
            f"No engine speaks with the accent {found.id}; choose one that is localizable, see GET /accents."
        )
    return found, found.spoken


def of_dialect(language: str, dialect: str) -> Accent:
    """The accent that a language and a dialect of it name on the wire.

    Raises:
        InvalidRequest: the language has no such dialect.
    """
    code = primary(language)
    id = _DIALECTS.get((code, dialect.strip().lower()))
    if id is None:
        known = ", ".join(name for tongue, name in _DIALECTS if tongue == code)
        raise InvalidRequest(
            f"{code} has no dialect {dialect[:40]!r}; "
            + (f"use one of {known}." if known else "leave dialect out for this language.")
        )
    return find(id)


def usual(locale: str) -> Accent | None:
    """The usual accent of a locale such as `en-GB`; None where none is known.

    Raises:
        InvalidRequest: not a language tag.
    """
    tag = normalize_tag(locale)
    return _locales().get(tag)


def _accent(line: str) -> Accent:
    id, language, locale, spoken, *flags = line.split()
    return Accent(
        id=id,
        name=_NAMES.get(id, id.replace("-", " ").title()),
        language=language,
        locale=locale,
        spoken=None if spoken == "-" else spoken,
        is_locale_default="default" in flags,
        is_attachable="attachable" in flags,
    )


_NAMES = {"southern-us": "Southern US", "swiss-standard": "Swiss Standard German"}


@cache
def _ids() -> dict[str, Accent]:
    return {accent.id: accent for accent in accents()}


@cache
def _locales() -> dict[str, Accent]:
    return {accent.locale: accent for accent in accents() if accent.is_locale_default}
