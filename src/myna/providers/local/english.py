"""How numbers, sums of money, dates, times and signs are read in English.

Each rule stands beside its pattern; the first one that matches at a place is taken, so the order matters.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache

from myna.providers.local.numerals import number
from myna.speech.languages import normalize_tag

Change = tuple[int, int, str]
"""`text[start:end]` is read as this."""
_Match = re.Match[str]
_Rule = Callable[["Reader", _Match], Iterator[Change]]

_rules: list[tuple[str, _Rule]] = []


def _rule(pattern: str) -> Callable[[_Rule], _Rule]:
    def register(rule: _Rule) -> _Rule:
        _rules.append((pattern, rule))
        return rule

    return register


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_DIGITS = "zero one two three four five six seven eight nine".split()
_MONTHS = "January February March April May June July August September October November December".split()
_MONTH = rf"(?:{'|'.join(_MONTHS)}|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.?)"
_MONEY = {
    "$": ("dollar", "cent"), "€": ("euro", "cent"), "£": ("pound", "penny"), "₹": ("rupee", "paisa"),
    "¥": ("yen", ""), "₩": ("won", ""),
}  # fmt: skip
_MAGNITUDES = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "b": "billion",
    "bn": "billion",
    "tn": "trillion",
}
_UNITS = {
    "km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "kg": "kilogram", "g": "gram",
    "mg": "milligram", "lb": "pound", "lbs": "pound", "oz": "ounce", "mi": "mile", "ft": "foot", "l": "liter",
    "ml": "milliliter", "km/h": "kilometer per hour", "mph": "mile per hour", "m/s": "meter per second",
    "kB": "kilobyte", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "Hz": "hertz",
    "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "ms": "millisecond", "min": "minute",
    "hr": "hour", "hrs": "hour", "h": "hour", "s": "second", "sec": "second", "W": "watt", "kW": "kilowatt",
    "V": "volt", "°C": "degree Celsius", "°F": "degree Fahrenheit", "°": "degree", "dB": "decibel",
}  # fmt: skip
_PLURALS = {
    "penny": "pence", "yen": "yen", "won": "won", "paisa": "paise", "foot": "feet", "hertz": "hertz",
    "kilohertz": "kilohertz", "megahertz": "megahertz", "gigahertz": "gigahertz",
}  # fmt: skip
_FRACTIONS = {
    "1/2": "one half", "1/3": "one third", "2/3": "two thirds", "1/4": "one quarter", "3/4": "three quarters",
}  # fmt: skip
_SIGNS = {
    "&": "and", "+": "plus", "=": "equals", "<": "less than", ">": "greater than", "×": "times", "@": "at",
    "%": "percent", "№": "number",
}  # fmt: skip
_BEFORE_YEAR = re.compile(
    r"(?:\b(?:in|since|year|until|till|from|before|after|during|circa|by|of|early|late|mid)|\()\s*\Z",
    re.IGNORECASE,
)
_AMOUNT = r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?"
_BEGINNING = rf"(?=[0-9JFMASOND+(#'’−*{re.escape(''.join(_MONEY | _SIGNS))}-])"
"""What every rule but the first begins with: a look that spares trying them all at every character."""
_START = r"(?<![\w.,:/-])"
_STOP = r"(?![\w/]|[.,:-]\w)"
_MONTH_FIRST = frozenset(("en", "US", "CA", "PH"))


class Reader:
    """Reads with the rules of one English-speaking country."""

    def __init__(self, locale: str) -> None:
        """`locale` is a BCP-47 tag; English without a region is American."""
        self.locale = locale
        self.day_first = normalize_tag(locale).rpartition("-")[2] not in _MONTH_FIRST

    def changes(self, text: str) -> Iterator[Change]:
        """What is read otherwise than it is written, in order."""
        pattern, rules = _combined()
        for found in pattern.finditer(text):
            yield from rules[found.lastgroup or ""](self, found)

    def cardinal(self, digits: str) -> str:
        """A number with or without decimals; digit by digit where it is too long to count."""
        whole, _, decimals = digits.replace(",", "").partition(".")
        counted = None if len(whole) > 1 and whole[0] == "0" else number(int(whole), self.locale)
        words = counted or _spell(whole)
        return f"{words} point {_spell(decimals)}" if decimals else words

    def ordinal(self, digits: str) -> str:
        """1 is first."""
        return number(int(digits.replace(",", "")), self.locale, "ordinal") or digits

    def year(self, digits: str) -> str:
        """1984 is nineteen eighty four."""
        return number(int(digits), self.locale, "year") or digits


@cache
def _combined() -> tuple[re.Pattern[str], dict[str, _Rule]]:
    named = {f"rule{index}": rule for index, (_, rule) in enumerate(_rules)}
    address, *others = (f"(?P<rule{index}>{pattern})" for index, (pattern, _) in enumerate(_rules))
    return re.compile(f"{address}|{_BEGINNING}(?:{'|'.join(others)})"), named


@_rule(r"(?<!\S)(?:(?=\S*(?:://|www\.))\S+|[^\s@]+@[^\s@]+\.\S+)")
def _address(reader: Reader, found: _Match) -> Iterator[Change]:
    """Addresses of pages and mail are left as they are."""
    return iter(())


@_rule(
    rf"{_START}(?:(?P<y>[0-9]{{4}})-(?P<m>[0-9]{{2}})-(?P<d>[0-9]{{2}})"
    rf"|(?P<first>[0-9]{{1,2}})/(?P<second>[0-9]{{1,2}})/(?P<slashed>[0-9]{{4}})){_STOP}"
)
def _date(reader: Reader, found: _Match) -> Iterator[Change]:
    """2024-03-05, 3/5/2024."""
    if found["y"]:
        year, month, day = found["y"], found["m"], found["d"]
    else:
        year, month, day = found["slashed"], found["first"], found["second"]
        if reader.day_first or int(month) > 12:
            month, day = day, month
    if 1 <= int(month) <= 12 and 1 <= int(day) <= 31:
        name, nth = _MONTHS[int(month) - 1], reader.ordinal(day)
        words = f"the {nth} of {name}" if reader.day_first else f"{name} {nth}"
        yield found.start(), found.end(), f"{words} {reader.year(year)}"


@_rule(
    rf"\b{_MONTH}\s(?P<day_behind>[0-9]{{1,2}})(?:st|nd|rd|th)?(?P<year_behind>,?\s[12][0-9]{{3}})?{_STOP}"
    rf"|{_START}(?P<day_ahead>[0-9]{{1,2}})(?:st|nd|rd|th)?\s{_MONTH}(?P<year_ahead>,?\s[12][0-9]{{3}})?(?!\w)"
)
def _day_of_month(reader: Reader, found: _Match) -> Iterator[Change]:
    """March 5, 2024 and 5 March 2024."""
    day = "day_behind" if found["day_behind"] else "day_ahead"
    suffix = 2 if found.string[found.end(day) :][:2] in ("st", "nd", "rd", "th") else 0
    if 1 <= int(found[day]) <= 31:
        yield found.start(day), found.end(day) + suffix, reader.ordinal(found[day])
    year = "year_behind" if found["day_behind"] else "year_ahead"
    if found[year]:
        yield found.end(year) - 4, found.end(year), reader.year(found[year][-4:])


@_rule(rf"{_START}(?P<hour>[0-9]{{1,2}}):(?P<minute>[0-9]{{2}})(?P<half>[aApP]\.?[mM]\b)?{_STOP}")
def _time(reader: Reader, found: _Match) -> Iterator[Change]:
    """5:30, 17:05, 5:00pm."""
    hour, minute = int(found["hour"]), int(found["minute"])
    if hour > 24 or minute > 59:
        return
    words = reader.cardinal(str(hour))
    if minute:
        words += (" oh " if minute < 10 else " ") + reader.cardinal(str(minute))
    elif not found["half"]:
        words += " o'clock" if hour <= 12 else " hundred"
    half = f" {found['half'][0].lower()} m" if found["half"] else ""
    yield found.start(), found.end(), words + half


@_rule(rf"{_START}(?P<full_hour>1[0-2]|[1-9])(?P<half_of_day>[aApP])\.?[mM](?!\w)")
def _hour(reader: Reader, found: _Match) -> Iterator[Change]:
    """5pm."""
    yield (
        found.start(),
        found.end(),
        f"{reader.cardinal(found['full_hour'])} {found['half_of_day'].lower()} m",
    )


@_rule(
    rf"(?<![\w.,])(?:(?P<sign>[{''.join(_MONEY)}])(?P<amount>{_AMOUNT})"
    rf"|(?P<amount_ahead>{_AMOUNT})\s?(?P<sign_behind>[€£¥₹₩]))"
    r"(?:(?P<size>\s?(?:thousand|million|billion|trillion|[kKmM]|mn|[bt]n|B)\b))?(?!\w)"
)
def _money(reader: Reader, found: _Match) -> Iterator[Change]:
    """$5, £3.50, $1.2 million, 5€."""
    unit, small = _MONEY[found["sign"] or found["sign_behind"]]
    amount, size = found["amount"] or found["amount_ahead"], found["size"]
    if size:
        yield found.start(), found.start("size"), reader.cardinal(amount)
        name = size.strip()
        yield _behind(found, found.start("size"), f"{_MAGNITUDES.get(name.lower(), name)} {_plural(unit)}")
        return
    whole, _, part = amount.replace(",", "").partition(".")
    if part and (len(part) != 2 or not small):
        yield found.start(), found.end(), f"{reader.cardinal(amount)} {_plural(unit)}"
        return
    words = f"{reader.cardinal(whole)} {unit if whole == '1' else _plural(unit)}"
    if part.strip("0"):
        cents = f"{reader.cardinal(str(int(part)))} {small if part == '01' else _plural(small)}"
        words = f"{words} and {cents}" if whole.strip("0") else cents
    yield found.start(), found.end(), words


@_rule(rf"{_START}(?P<share>{_AMOUNT})\s?%")
def _percent(reader: Reader, found: _Match) -> Iterator[Change]:
    """25%, 3.5 %."""
    yield found.start(), found.end("share"), reader.cardinal(found["share"])
    yield _behind(found, found.end("share"), "percent")


@_rule(rf"{_START}(?P<rank>[0-9]{{1,3}}(?:,[0-9]{{3}})+|[0-9]{{1,15}})(?:st|nd|rd|th)\b")
def _nth(reader: Reader, found: _Match) -> Iterator[Change]:
    """21st."""
    yield found.start(), found.end(), reader.ordinal(found["rank"])


@_rule(r"(?<!\w)['’]?(?P<tens>(?:1[1-9]|20)?[1-9]0)['’]?s\b")
def _decade(reader: Reader, found: _Match) -> Iterator[Change]:
    """1990s, '80s."""
    tens = found["tens"]
    words = reader.year(tens) if len(tens) == 4 else reader.cardinal(tens)
    yield found.start(), found.end(), words[:-1] + "ies" if words.endswith("y") else words + "s"


@_rule(
    rf"{_START}(?:(?:\+[0-9]{{1,3}}[ -]?)?(?:\([0-9]{{2,4}}\)[ -]?|[0-9]{{3}}[ -])?"
    rf"[0-9]{{3}}-[0-9]{{4}}|\+[0-9]{{7,15}}|[0-9]{{10,}}){_STOP}"
)
def _telephone(reader: Reader, found: _Match) -> Iterator[Change]:
    """555-1234, (555) 123-4567, and what is too long for a number."""
    for run in re.finditer(r"\S+", found[0]):
        groups = ", ".join(_spell(group) for group in re.findall(r"[0-9]+", run[0]))
        start = found.start() + run.start()
        yield start, start + len(run[0]), ("plus " if "+" in run[0] else "") + groups


@_rule(rf"{_START}(?P<count>{_AMOUNT})(?P<unit>\s?(?:{_any(_UNITS)}))(?![\w/°])")
def _measure(reader: Reader, found: _Match) -> Iterator[Change]:
    """5 km, 20°C, 60mph."""
    name = _UNITS[found["unit"].strip()]
    if found["count"] != "1":
        head, _, rest = name.partition(" ")
        name = f"{_plural(head)} {rest}".strip()
    yield found.start(), found.end("count"), reader.cardinal(found["count"])
    yield _behind(found, found.end("count"), name)


@_rule(rf"{_START}(?:{_any(_FRACTIONS)}){_STOP}")
def _fraction(reader: Reader, found: _Match) -> Iterator[Change]:
    """1/2."""
    yield found.start(), found.end(), _FRACTIONS[found[0]]


@_rule(rf"{_START}(?P<low>[0-9]{{1,4}})[-–](?P<high>[0-9]{{1,4}}){_STOP}")
def _range(reader: Reader, found: _Match) -> Iterator[Change]:
    """5-10, 1914–1918."""
    low, high = found["low"], found["high"]
    read = reader.year if len(low) == len(high) == 4 and low[0] in "12" else reader.cardinal
    yield found.start(), found.end(), f"{read(low)} to {read(high)}"


@_rule(rf"{_START}[0-9]{{1,9}}(?:\.[0-9]{{1,9}}){{2,9}}{_STOP}")
def _version(reader: Reader, found: _Match) -> Iterator[Change]:
    """1.2.3, 127.0.0.1."""
    yield found.start(), found.end(), " point ".join(reader.cardinal(part) for part in found[0].split("."))


@_rule(rf"(?<![\w.,:/])(?P<before>(?<!\w)[-−]|#)?(?P<digits>{_AMOUNT}){_STOP}")
def _number(reader: Reader, found: _Match) -> Iterator[Change]:
    """42, 3.14, -5, #1, and years."""
    digits, before = found["digits"], found["before"]
    if before:
        words = f"{'number' if before == '#' else 'minus'} {reader.cardinal(digits)}"
    else:
        words = reader.year(digits) if _is_year(found) else reader.cardinal(digits)
    yield found.start(), found.end(), words


@_rule(rf"[{''.join(_SIGNS)}]|(?:(?<=[0-9])|(?<=[0-9]\s))[*](?=\s?[0-9])")
def _sign(reader: Reader, found: _Match) -> Iterator[Change]:
    """3 < 5, a&b, 3 * 4."""
    before, after = found.string[: found.start()][-1:], found.string[found.end() :][:1]
    left = "" if not before or before.isspace() else " "
    right = "" if not after or after.isspace() else " "
    yield found.start(), found.end(), f"{left}{_SIGNS.get(found[0], 'times')}{right}"


def _is_year(found: _Match) -> bool:
    digits = found["digits"]
    if len(digits) != 4 or not digits.isdecimal():
        return False
    before = found.string[max(0, found.start() - 12) : found.start()]
    return "1900" <= digits < "2100" or ("1100" <= digits < "1900" and bool(_BEFORE_YEAR.search(before)))


def _behind(found: _Match, start: int, words: str) -> Change:
    """What follows a number, with or without a space, is read as `words`."""
    if found.string[start].isspace():
        return start + 1, found.end(), words
    return start, found.end(), f" {words}"


def _spell(digits: str) -> str:
    return " ".join(_DIGITS[int(digit)] for digit in digits)


def _plural(unit: str) -> str:
    return _PLURALS.get(unit, unit + "s")
