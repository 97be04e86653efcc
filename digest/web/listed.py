"""Entries as a page lists them, the same wherever they are listed; and the pages of a list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from starlette.exceptions import HTTPException
from starlette.requests import Request

from digest.cleaning import shown
from digest.language import language
from digest.model import Entry
from digest.portrait import AUTHORS_MOST, card_of
from digest.view import Card, Look

ENGLISH = language("en")
_SUMMARY_MOST = 280
_NAME_MOST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An entry, who wrote it, and the date of the digest that showed it, if one did."""

    card: Card
    byline: str
    shown: date | None
    shown_on: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A page of a list: its ``number`` from 1, and whether another follows."""

    number: int
    more: bool


def rows(entries: Iterable[Entry], look: Look, sent: Mapping[str, date] | None = None) -> list[Row]:
    """Give entries as they are listed."""
    known = sent or {}
    return [
        Row(
            card=card_of(entry, ENGLISH, look, _SUMMARY_MOST),
            byline=_byline(entry),
            shown=known.get(entry.id),
            shown_on=ENGLISH.long_date(known[entry.id]) if entry.id in known else "",
        )
        for entry in entries
    ]


def _byline(entry: Entry) -> str:
    people = [shown(author.name, _NAME_MOST) for author in entry.authors[:AUTHORS_MOST]]
    others = len(entry.authors) - len(people)
    return ", ".join(people) + (f" and {others} more" if others else "")


def leaf_of(request: Request, most: int) -> int:
    """Read which page of a list is asked for.

    Raises:
        HTTPException: 404, there is no such page.
    """
    said = request.query_params.get("page", "1")
    if not (said.isascii() and said.isdigit() and len(said) <= len(str(most))):
        raise HTTPException(404)
    if not 1 <= int(said) <= most:
        raise HTTPException(404)
    return int(said)
