"""Makes one entry of those that are one: the better source's words, everybody's keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from digest.identity import binding, shared_key
from digest.model import Authority, Entry, Link


def merge(known: Entry, other: Entry) -> Entry:
    """Join two entries that are one; the id stays, the better source's words prevail.

    Of equals the newer version does, and what a source now says over what it said before.

    Upvotes and comments come from whoever counts them, categories and links from both; but a
    mere feed adds nothing to what a better source gave.
    """
    better, lesser = (other, known) if other.authority > known.authority else (known, other)
    equal = other.authority == known.authority
    corrected = other.version == known.version and other.seen_in == known.seen_in
    if equal and (other.version > known.version or corrected):
        better, lesser = other, known
    adds = lesser.authority > Authority.FEED or better.authority == Authority.FEED
    return replace(
        better,
        id=known.id,
        title=better.title or lesser.title,
        url=better.url or lesser.url,
        summary=better.summary or lesser.summary,
        tldr=better.tldr or lesser.tldr,
        authors=better.authors or lesser.authors,
        categories=_union(better.categories, lesser.categories if adds else ()),
        published=better.published or lesser.published,
        updated=better.updated or lesser.updated,
        version=max(known.version, other.version),
        announce=_announce(known, other),
        organization=better.organization or lesser.organization,
        upvotes=_counted(known, other, "upvotes"),
        comments=_counted(known, other, "comments"),
        links=_links(better, lesser) if adds else better.links,
        thumbnail=better.thumbnail or lesser.thumbnail,
        seen_in=_union(known.seen_in, other.seen_in),
        source_ids=_union(known.source_ids, other.source_ids),
        keys=_union(known.keys, other.keys),
        authority=max(known.authority, other.authority),
    )


def _union(one: Sequence[str], other: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*one, *other)))


def _counted(known: Entry, other: Entry, field: str) -> int | None:
    """Take the newer count; where a better source counts too, no mere feed's."""
    rows = [entry for entry in (other, known) if entry.authority > Authority.FEED]
    counts = [getattr(entry, field) for entry in rows or (other, known)]
    return next((count for count in counts if count is not None), None)


def _announce(known: Entry, other: Entry) -> str:
    """Keep "new" where any listing says so: one paper may be new here and crossed there."""
    said = {known.announce, other.announce} - {""}
    for kind in ("new", "cross", "replace", "replace-cross"):
        if kind in said:
            return kind
    return ""


def _links(better: Entry, lesser: Entry) -> tuple[Link, ...]:
    have = {link.rel for link in better.links}
    return better.links + tuple(link for link in lesser.links if link.rel not in have)


def unite(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Merge the entries of several listings by identity, in the order of first appearance."""
    united: dict[int, Entry] = {}
    index: dict[str, int] = {}
    for number, entry in enumerate(entries):
        united[number] = entry
        place = number
        for key in entry.keys:
            other = index.get(key)
            if other is None or other == place:
                continue
            shared = shared_key(united[place].keys, united[other].keys)
            if shared and (place == number or binding(shared)):
                first, second = sorted((place, other))
                united[first] = merge(united[first], united.pop(second))
                index.update((name, first) for name, at in index.items() if at == second)
                place = first
        for key in united[place].keys:
            index.setdefault(key, place)
    return tuple(united.values())
