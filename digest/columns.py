"""The day's entries as columns, from which each reader's candidates are chosen by arrays. Pure.

A service's readers were shown other entries each, so that no two choose from the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from digest.model import Entry
from digest.pool import Pool
from digest.sparse import Places

UNDATED = int(np.iinfo(np.int64).min)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Columns:
    """What is known of each entry, by its place.

    ``place_of`` gives the place by the id, which no two have; ``published`` is in microseconds
    since 1970, or UNDATED. The ``owners`` are places, each as often as the entry has sources, and
    ``sources`` which of the ``names`` that is.
    """

    place_of: Mapping[str, int]
    published: Places
    names: tuple[str, ...]
    owners: Places
    sources: Places

    def places(self, ids: Iterable[str]) -> dict[str, int]:
        """Give the places of those of the entries that there are."""
        known = self.place_of
        return {one: known[one] for one in ids if one in known}

    def newest(self, some: Places, most: int, since: datetime | None = None) -> Places:
        """Give the newest of some entries, in their order; those without a time are the oldest.

        ``since`` leaves out those of a time before.
        """
        published = self.published[some]
        if since is not None:
            recent = (published >= microseconds(since)) | (published == UNDATED)
            some, published = some[recent], published[recent]
        if len(some) <= most:
            return some
        # Turned round twice, so that equal ones stay in their order: the least cannot be negated.
        oldest_first = len(some) - 1 - np.argsort(published[::-1], kind="stable")
        return some[np.sort(oldest_first[::-1][:most])]

    def counts(self, some: Sequence[int] | Places) -> dict[str, int]:
        """Count the entries that each source gave."""
        among = np.zeros(len(self.published), np.bool_)
        among[np.asarray(some, np.int64)] = True
        found = np.bincount(self.sources[among[self.owners]], minlength=len(self.names))
        return dict(zip(self.names, found.tolist(), strict=True))


def columns(pool: Pool) -> Columns:
    """Give the columns of a pool's entries, made once and kept by it."""
    return pool.kept("columns", _columns)


def _columns(pool: Pool) -> Columns:
    entries = pool.entries
    pairs = [(place, name) for place, one in enumerate(entries) for name in one.seen_in]
    names = list(dict.fromkeys(name for _, name in pairs))
    number = {name: at for at, name in enumerate(names)}
    return Columns(
        place_of={one.id: place for place, one in enumerate(entries)},
        published=np.array(list(map(_published, entries)), np.int64),
        names=tuple(names),
        owners=np.array([place for place, _ in pairs], np.int64),
        sources=np.array([number[name] for _, name in pairs], np.int64),
    )


def _published(entry: Entry) -> int:
    return microseconds(entry.published) if entry.published else UNDATED


def microseconds(moment: datetime) -> int:
    """Write a time as the column of those has it."""
    return (moment - _BEGINNING) // _MICROSECOND
