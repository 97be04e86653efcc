"""The words of a mail in its reader's language, dates and numbers; the one place that uses Babel.

English is the language of the source: its texts are the keys of the catalogues in locales/.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO

from digest.emphasis import NOTHING, Text, between, plainly

CODES = ("en", "de", "ar")
_RIGHT_TO_LEFT = frozenset({"ar"})
_VALUE = re.compile(r"\{\w+\}")
_LATIN = re.compile(r"[A-Za-z]")


def msgid(text: str) -> str:
    """Mark a text for the catalogues that is said elsewhere."""
    return text


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Language:
    """One of ``CODES``: what it calls things, and how it writes dates and numbers.

    There is one of each, and what it says is kept under it.
    """

    code: str
    catalogue: NullTranslations

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``, as HTML's dir has it."""
        return "rtl" if self.code in _RIGHT_TO_LEFT else "ltr"

    def say(self, text: str, **values: str) -> str:
        """Give a text in this language, ``{name}`` replaced by the value of that name."""
        said = self.catalogue.gettext(text)
        return said.format(**self._all_apart(values)) if values else said

    def plural(self, one: str, many: str, number: int, **values: str) -> str:
        """Give the form of a text that fits a number, which ``{number}`` stands for."""
        said = self.catalogue.ngettext(one, many, number)
        return said.format(number=self.number(number), **self._all_apart(values))

    def apart(self, text: str) -> str:
        """Keep Latin text together within a line that runs right to left (Unicode TR 9, FSI)."""
        if self.direction == "ltr" or "\u2068" in text or not _LATIN.search(text):
            return text
        return f"\u2068{text}\u2069"

    def _all_apart(self, values: dict[str, str]) -> dict[str, str]:
        return {name: self.apart(value) for name, value in values.items()}

    def emphasised(self, text: str, value: Text = NOTHING) -> Text:
        """Give a text whose one value, if it has one, may be marked, and is ``apart`` already."""
        before, after = _around(self.catalogue.gettext(text))
        return between(before, value, after)

    def listed(self, names: list[str]) -> str:
        """Join names as an enumeration, without a last "and"."""
        # Translators: what parts the names of an enumeration.
        return self.say(", ").join(map(self.apart, names))

    def number(self, value: int) -> str:
        """Write a number with this language's thousands separator."""
        return _number(value, self.code)

    def long_date(self, day: date) -> str:
        """Write a date with its weekday: Monday 2 March 2026."""
        return self._date(day, msgid("EEEE d MMMM y"))

    def short_date(self, day: date) -> str:
        """Write a date for a list: 2 Mar 2026."""
        return self._date(day, msgid("d MMM y"))

    def day(self, day: date) -> str:
        """Write a date for a subject: Mon 2 Mar."""
        return self._date(day, msgid("EEE d MMM"))

    def _date(self, day: date, pattern: str) -> str:
        """Write a date in a pattern of Unicode TR 35, which a catalogue may order otherwise."""
        return _date(day, self.say(pattern), self.code)


@lru_cache(maxsize=4096)
def _number(value: int, code: str) -> str:
    from babel.numbers import format_decimal

    return format_decimal(value, locale=code)


@lru_cache(maxsize=4096)
def _date(day: date, pattern: str, code: str) -> str:
    from babel.dates import format_date

    return format_date(day, pattern, locale=code)


@lru_cache(maxsize=1024)
def _around(text: str) -> tuple[Text, Text]:
    """Give what stands before a text's ``{value}``, or all of it, and what stands after."""
    before, *after = _VALUE.split(text, maxsplit=1)
    return plainly(before), plainly("".join(after))


@cache
def language(code: str) -> Language:
    """Load a language; one that there is not is English."""
    if code not in CODES or code == "en":
        return Language(code="en", catalogue=NullTranslations())
    # Imported here: only what composes a mail needs its words.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    source = files("digest") / "locales" / f"{code}.po"
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(source.read_bytes()), locale=code))
    compiled.seek(0)
    return Language(code=code, catalogue=Translations(fp=compiled))
