"""Reads the subscriptions of another feed reader: OPML (http://opml.org/spec2.opml)."""

from __future__ import annotations

from digest.errors import Problem, SettingsError
from digest.sources import _tree
from digest.sources._fields import safe_url
from digest.text import plain, shorten

_NAME_MOST = 60


def parse(body: bytes, place: str) -> tuple[tuple[str, str], ...]:
    """Give name and address of each feed, each address once, each name once.

    Raises:
        SettingsError: it is not OPML, or names no feed.
    """
    tree = _tree.root(body)
    if tree is None or _tree.local_name(tree) != "opml":
        cure = "export the subscriptions of your feed reader as OPML"
        raise SettingsError([Problem(place, "is not OPML", cure)])
    found: dict[str, str] = {}
    for outline in _tree.all_of(tree, "outline"):
        url = safe_url(outline.get("xmlUrl") or "")
        if url:
            name = plain(outline.get("title") or outline.get("text") or "")
            found.setdefault(url, shorten(name, _NAME_MOST) or url)
    if not found:
        raise SettingsError([Problem(place, "names no feed", "an outline needs an xmlUrl")])
    return _unique(found)


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
