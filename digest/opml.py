"""Reads the subscriptions of another feed reader: OPML (http://opml.org/spec2.opml)."""

from __future__ import annotations

import re

from digest.errors import Problem, SettingsError
from digest.sources import _tree
from digest.sources._fields import safe_url
from digest.text import plain, shorten

_NAME_MOST = 60
_LINE_MOST = 200
_FEED = re.compile(r"^feed:(?:(//)|(?=https?://))", re.IGNORECASE)


def parse(body: bytes, place: str) -> tuple[tuple[str, str], ...]:
    """Give name and address of each feed, each address once, each name once.

    Raises:
        SettingsError: it is not OPML, or names no feed.
    """
    found: dict[str, str] = {}
    for name, address in _outlines(body, place):
        if url := _fetched(address):
            found.setdefault(url, name or url)
    if not found:
        raise SettingsError([Problem(place, "names no feed", "an outline needs an xmlUrl")])
    return _unique(found)


def passed_over(body: bytes, place: str) -> tuple[str, ...]:
    """Name the addresses that cannot be fetched over HTTP, with what they are called.

    Raises:
        SettingsError: it is not OPML.
    """
    return tuple(
        shorten(plain(f"{name}: {address}" if name else address), _LINE_MOST)
        for name, address in _outlines(body, place)
        if not _fetched(address)
    )


def _outlines(body: bytes, place: str) -> list[tuple[str, str]]:
    """List names and addresses of the outlines that have one, as they stand."""
    tree = _tree.root(body)
    if tree is None or _tree.local_name(tree) != "opml":
        cure = "export the subscriptions of your feed reader as OPML"
        raise SettingsError([Problem(place, "is not OPML", cure)])
    found = []
    for outline in _tree.all_of(tree, "outline"):
        given = {str(name).lower(): str(value) for name, value in outline.items()}
        if address := given.get("xmlurl", "").strip():
            name = plain(given.get("title") or given.get("text") or "")
            found.append((shorten(name, _NAME_MOST), address))
    return found


def _fetched(address: str) -> str:
    """Give the address to fetch, or ""; readers write feed:// for http://, or feed: before it."""
    return safe_url(_FEED.sub(lambda scheme: "http://" if scheme[1] else "", address))


def _unique(found: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Number the names that several feeds share."""
    rows: dict[str, str] = {}
    for url, name in found.items():
        number, unique = 1, name
        while unique in rows:
            number += 1
            unique = f"{name} {number}"
        rows[unique] = url
    return tuple(rows.items())
