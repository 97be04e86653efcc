"""Finds which entries are one, and makes one of them: the better source's words, all keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import count

from digest.identity import binding, conflicting, loose, shared_key, worn_keys
from digest.model import Authority, Entry, Link

_EVERYWHERE = ("arxiv:", "doi:")


def merge(known: Entry, other: Entry) -> Entry:
    """Join two entries that are one; the id stays, the better source's words prevail.

    Of equals the newer version does, and what a source now says over what it said before.

    Upvotes and comments come from whoever counts them, categories and links from both; but a
    mere feed adds nothing to what a better source gave.
    """
    better, lesser = (other, known) if other.authority > known.authority else (known, other)
    equal = other.authority == known.authority
    # The source whose words are shown may correct them, however many others list the entry too.
    corrected = other.version == known.version and other.seen_in[:1] == known.seen_in[:1]
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
            together = bool(set(united[place].seen_in) & set(united[other].seen_in))
            shared = shared_key(united[place].keys, united[other].keys, together=together)
            if shared and (place == number or binding(shared)):
                first, second = sorted((place, other))
                united[first] = merge(united[first], united.pop(second))
                index.update((name, first) for name, at in index.items() if at == second)
                place = first
        for key in united[place].keys:
            index.setdefault(key, place)
    return tuple(_named(united.values()))


def _named(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Give each entry an id of its own: its next key where another has its first, or a number."""
    ids: set[str] = set()
    for entry in entries:
        if entry.id not in ids:
            ids.add(entry.id)
            yield entry
            continue
        free = (key for key in entry.keys if key not in ids)
        numbered = (f"{entry.id}#{number}" for number in count(2))
        name = next(free, "") or next(key for key in numbered if key not in ids)
        ids.add(name)
        yield replace(entry, id=name)


def identified(
    listed: Sequence[Entry], known: Mapping[str, Entry]
) -> Iterator[tuple[Entry, list[Entry]]]:
    """Give each entry of a listing with the stored ones that it is, the one it is most first.

    ``known`` maps keys to stored entries, and may change between two of them. A stored entry is at
    most one of a listing, and what names it by id, guid or link goes before what only looks alike.
    Further ones are joined to it only by what names a paper everywhere, and never two papers.
    """
    if not known:
        yield from ((entry, []) for entry in listed)
        return
    worn = worn_keys(entry.keys for entry in listed)
    named = {
        other.id
        for entry in listed
        for shared, other in _alike(entry, known, worn)
        if not loose(shared)
    }
    used: set[str] = set()
    for entry in listed:
        same: list[Entry] = []
        for shared, other in _alike(entry, known, worn):
            barred = other.id in used or (loose(shared) and other.id in named)
            if barred and not shared.startswith(_EVERYWHERE):
                continue
            if any(conflicting(other.keys, one.keys) for one in same):
                continue
            if not same or binding(shared):
                same.append(other)
        used.update(other.id for other in same)
        yield entry, same


def _alike(
    entry: Entry, known: Mapping[str, Entry], worn: AbstractSet[str]
) -> list[tuple[str, Entry]]:
    """Give the stored entries that may be one with an entry, and the key that says so."""
    others = {known[key].id: known[key] for key in entry.keys if key in known}
    found = [
        (shared, other)
        for other in others.values()
        if (shared := shared_key(entry.keys, other.keys, worn=worn))
    ]
    keys = set(entry.keys)
    return sorted(
        found,
        key=lambda row: (not row[0].startswith(_EVERYWHERE), -len(keys.intersection(row[1].keys))),
    )
