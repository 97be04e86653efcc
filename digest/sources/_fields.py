"""Fields that every format has, brought to one shape: links, author names, missing titles."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from digest.model import Author
from digest.text import has_letter, plain, shorten, squash

_AFFILIATION = re.compile(r"\s*\([^()]*\)")
_ET_AL = re.compile(r"(?:^|[\s,]+)et\s+al\.?$", re.IGNORECASE)
_AUTHORS_MOST = 500
_NAME_MOST = 200
_TITLE_MOST = 120
_LINK_MOST = 2000
_HAS_SPACE = re.compile(r"\S\s+\S")


def safe_url(value: str) -> str:
    """Give ``value`` if it is an http(s) address with a host that a reader may follow, or "".

    Spaces, which some publishers leave in, are written as an address has them.
    """
    value = value.strip().replace(" ", "%20")
    if len(value) > _LINK_MOST or not value.isprintable():
        return ""
    try:
        parts = urlsplit(value)
        return value if parts.scheme.lower() in {"http", "https"} and parts.hostname else ""
    except ValueError:
        return ""


def split_authors(names: Iterable[str]) -> tuple[Author, ...]:
    """Bring author fields to one author each.

    A field may hold several: parted by semicolons, by "and", or by commas where every part
    is a whole name. Affiliations in parentheses go, with the commas in them.
    """
    found: list[str] = []
    for field in names:
        text = _without_affiliations(plain(field))
        if ";" in text:
            parts = text.split(";")
        else:
            parts = re.split(r",|\s+(?:and|&)\s+", text)
            parts = [part for part in parts if has_letter(part)]
            if not all(_HAS_SPACE.search(part.strip()) for part in parts):
                parts = [text]
        found.extend(squash(part).strip(" ,") for part in parts)
    return people(name[:_NAME_MOST] for name in found)[:_AUTHORS_MOST]


def people(names: Iterable[str]) -> tuple[Author, ...]:
    """Make an author of each name, once; what has no letter is none, nor is "et al."."""
    found = dict.fromkeys(_ET_AL.sub("", name) for name in names)
    return tuple(Author(name=name) for name in found if has_letter(name))


def _without_affiliations(text: str) -> str:
    """Drop parentheses from the inside out; bounded, since feeds nest what they like."""
    for _ in range(5):
        shorter = _AFFILIATION.sub("", text)
        if shorter == text:
            break
        text = shorter
    return text


def title_from(summary: str) -> str:
    """Make a title for an entry without one, out of the beginning of its text; "" without text."""
    return shorten(summary, _TITLE_MOST)


def broken(kind: str, fault: str, cut: bool = False) -> tuple[str, ...]:
    """Note a ``fault`` of what came: a feed, an answer. Nothing where there is none."""
    if not fault:
        return ()
    lost = "; the last entry is cut off and left out" if cut else ""
    return (f"the {kind} is broken ({fault}); what could be read is kept{lost}",)


def left_out(number: int, lack: str) -> tuple[str, ...]:
    """Note how many entries are left out for a ``lack``. Nothing where none is."""
    return (f"left out {number} without {lack}",) if number else ()
