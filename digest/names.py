"""Tells whether two spellings name one person: "A. Graves" and "Alex Graves" do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from digest.text import tokens

_PARTICLES = frozenset(
    "al bin da de del della den der di dos du el ibn la le ten ter van von zu zum zur".split()
)
_SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv", "phd", "md"})
_RUN_OF_INITIALS = re.compile(r"[A-Z]{2,3}")


@dataclass(frozen=True, slots=True)
class Name:
    """A personal name: folded ``given`` names or initials, and the last word of the ``family``."""

    given: tuple[str, ...]
    family: str


@lru_cache(maxsize=262_144)
def parse(spelling: str) -> Name:
    """Read ``Given Family`` or ``Family, Given``; particles (van, de) do not count."""
    before, comma, after = spelling.partition(",")
    if comma and not set(tokens(after)) <= _SUFFIXES:
        given, family = _given(after), tokens(before)
    else:
        words = before.split()
        kept = [word for word in words if not set(tokens(word)) <= _SUFFIXES]
        # Two words are given and family name, whatever they are.
        words = kept if len(words) > 2 else words  # noqa: PLR2004 given and family
        given, family = _given(" ".join(words[:-1])), tokens(words[-1] if words else "")
    # A hyphenated family name is one word here; its parts are joined for comparison.
    last = "".join(family) if not comma else "".join(w for w in family if w not in _PARTICLES)
    # A particle or suffix that is the only given name is the given name: "Le Song", "Md Hossain".
    return Name(tuple(word for word in given if word not in _PARTICLES) or given, last)


def _given(text: str) -> tuple[str, ...]:
    """Split given names; "AB" in capitals is two initials."""
    spread = " ".join(
        " ".join(word) if _RUN_OF_INITIALS.fullmatch(word) else word for word in text.split()
    )
    return tokens(spread)


def same_person(one: Name, other: Name) -> bool:
    """Whether the names can be one person's: same family name, given names that agree.

    An initial agrees with every name it begins; a missing given name agrees with any.
    """
    return one.family == other.family and all(
        _agree(here, there) for here, there in zip(one.given, other.given, strict=False)
    )


def _agree(here: str, there: str) -> bool:
    if len(here) == 1 or len(there) == 1:
        return here[0] == there[0]
    return here == there
