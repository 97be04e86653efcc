"""Hyphenated words, which some write as one: "neuro-symbolic" is "neurosymbolic" too. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from digest.query import Phrase
from digest.text import tokens

_COMPOUND = re.compile(r"[^\W_]+(?:[-\u2010\u2011][^\W_]+)+")
_HYPHENS = ("-", "\u2010", "\u2011")


def written_as_one(text: str) -> Iterator[tuple[int, str]]:
    """Give each hyphenated word made one, with the place of its first part among the tokens."""
    if not any(hyphen in text for hyphen in _HYPHENS):
        return
    place, end = 0, 0
    for compound in _COMPOUND.finditer(text):
        place += len(tokens(text[end : compound.start()]))
        parts = tokens(compound.group(0))
        yield place, "".join(parts)
        place += len(parts)
        end = compound.end()


def joined(phrase: Phrase) -> tuple[str, ...]:
    """Give the words of a phrase, hyphenated ones made one."""
    if "-" not in phrase.text:
        return phrase.words
    words: list[str] = []
    for word in phrase.text.rstrip("*").split():
        parts = tokens(word)
        words.extend(["".join(parts)] if "-" in word else parts)
    return tuple(words)
