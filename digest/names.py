"""Tells whether two spellings name one person: "A. Graves" and "Alex Graves" do.

A spelling that can be read in several ways has several readings: "Hinton GE" begins with the
family name, and "Gabriel García Márquez" may have a family name of one word or of two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from digest.text import tokens

_PARTICLES = frozenset(
    "al bin da de del della den der di dos du el ibn la le ten ter van von zu zum zur".split()
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md"})
_RUN_OF_INITIALS = re.compile(r"[A-Z]{2,3}")
_HYPHENS = re.compile("[-\u2010\u2011]")
_INITIALS_MOST = 3


@dataclass(frozen=True, slots=True)
class Name:
    """A reading of a name: folded ``given`` names or initials, and the ``family`` name as one word.

    ``apart`` says that the spelling shows where the family name begins, ``guessed`` that its last
    two words are taken for it though nothing shows that.
    """

    given: tuple[str, ...]
    family: str
    apart: bool = False
    guessed: bool = False


@lru_cache(maxsize=262_144)
def readings(spelling: str) -> tuple[Name, ...]:
    """Read ``Given Family``, ``Family, Given`` or ``Family G``, the likeliest reading first."""
    before, comma, after = spelling.partition(",")
    if comma and not _SUFFIXES.issuperset(_folded(after)):
        return tuple(_named(after.split(), before.split(), apart=True))
    words = before.split()
    kept = [word for word in words if not _SUFFIXES.issuperset(_folded(word))]
    # Two words are given and family name, whatever they are.
    words = kept if len(words) > 2 else words  # noqa: PLR2004 given and family
    start = _initials_start(words)
    found = _named(words[start:], words[:start], apart=True) if start else []
    return tuple(dict.fromkeys([*found, *_in_order(words)]))


def _initials_start(words: Sequence[str]) -> int:
    """Give the place from which on only initials follow a longer family name; 0 if none do."""
    start, letters = len(words), ""
    while start and (run := _initials(words[start - 1])):
        start -= 1
        letters += run
    family = words[start - 1] if start else ""
    # A name all in capitals does not show which of its words are initials.
    longer = len(letters) <= _INITIALS_MOST and len(family) > max(len(letters), 1)
    return start if letters and longer and not family.isupper() else 0


def _initials(word: str) -> str:
    """Give the letters of a word that can be initials: "G", "G.", "GE" or "G.-E."."""
    letters = _HYPHENS.sub("", word).replace(".", "")
    fit = letters.isalpha() and letters.isupper() and len(letters) <= _INITIALS_MOST
    return letters if fit else ""


def _in_order(words: Sequence[str]) -> list[Name]:
    """Read given names, then the family name: the last word, with the particles before it."""
    given, family = list(words[:-1]), list(words[-1:])
    while len(given) > 1 and _PARTICLES.issuperset(_folded(given[-1])):
        family.insert(0, given.pop())
    found = _named(given, family, apart=bool(family and _HYPHENS.search(family[-1])))
    if len(given) > 1 and len("".join(_folded(given[-1]))) > 1 and not _initials(given[-1]):
        found += _named(given[:-1], [given[-1], *family], guessed=True)
    return found


def _named(
    given: Sequence[str], family: Sequence[str], *, apart: bool = False, guessed: bool = False
) -> list[Name]:
    """Read given and family names, with hyphens and without, with particles and without."""
    said = dict.fromkeys([_given(given), _given([_HYPHENS.sub("", word) for word in given])])
    last = [part for word in family for part in _folded(word)]
    plain = "".join(word for word in last if word not in _PARTICLES)
    families = dict.fromkeys([plain or "".join(last), "".join(last)])
    return [
        # A particle that is the only given name is the given name: "Le Song".
        Name(tuple(word for word in names if word not in _PARTICLES) or names, one, apart, guessed)
        for one, names in product(families, said)
    ]


def _given(words: Sequence[str]) -> tuple[str, ...]:
    """Split given names; "AB" in capitals is two initials."""
    spread = (word.lower() if _RUN_OF_INITIALS.fullmatch(word) else _folded(word) for word in words)
    return tuple(part for word in spread for part in word)


@lru_cache(maxsize=65_536)
def _folded(word: str) -> tuple[str, ...]:
    """Give the folded parts of a word; most words of names come again and again."""
    return tokens(word)


def same_person(one: str, other: str) -> bool:
    """Whether two spellings can be one person's: same family name, given names that agree.

    An initial agrees with every name it begins; a missing given name agrees with any.
    """
    return any(_same(here, there) for here, there in product(readings(one), readings(other)))


def _same(one: Name, other: Name) -> bool:
    if one.family != other.family or (one.guessed and not other.apart):
        return False
    if other.guessed and not one.apart:
        return False
    return all(_agree(here, there) for here, there in zip(one.given, other.given, strict=False))


def _agree(here: str, there: str) -> bool:
    if len(here) == 1 or len(there) == 1:
        return here[0] == there[0]
    return here == there


def inverted(spelling: str) -> str:
    """Give ``Family, Given``, particles with the family name; what is no such name as it is."""
    words = spelling.split()
    # A comma has done it already, several are no person, and other letters have their own order.
    plain = "," not in spelling and "and" not in words and all(map(_is_latin, spelling))
    if not plain or len(words) < 2:  # noqa: PLR2004 given and family
        return spelling
    start = len(words) - 1
    while start > 1 and _PARTICLES.issuperset(_folded(words[start - 1])):
        start -= 1
    return f"{' '.join(words[start:])}, {' '.join(words[:start])}"


def _is_latin(char: str) -> bool:
    return not char.isalpha() or ord(char) < 0x250  # noqa: PLR2004 the end of Latin Extended-B
