"""Dates that cannot be true are not believed, and what a listing does not date is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from digest.model import Entry, Listing

AHEAD = timedelta(days=1)  # what a feed's clock, or a zone it forgot to name, may be wrong by


def believed(listing: Listing, fetched_at: datetime) -> Listing:
    """Take dates off that lie ahead of ``fetched_at``, and remark on them and on missing ones.

    Journals date entries by issues to come, and broken clocks by any year; either would put them
    before all that is truly new.
    """
    latest = fetched_at + AHEAD
    entries = tuple(_dated(entry, latest) for entry in listing.entries)
    ahead = [
        at
        for entry in listing.entries
        for at in (entry.published or entry.updated,)
        if at is not None and at > latest
    ]
    said = list(listing.remarks)
    if ahead:
        said.append(f"{_of(ahead, entries)} dated in the future (up to {max(ahead):%Y-%m-%d})")
    missing = [entry for entry in listing.entries if not (entry.published or entry.updated)]
    if missing:
        said.append(f"{_of(missing, entries)} without a date")
    return replace(listing, entries=entries, remarks=tuple(said))


def _dated(entry: Entry, latest: datetime) -> Entry:
    published, updated = _past(entry.published, latest), _past(entry.updated, latest)
    if (published, updated) == (entry.published, entry.updated):
        return entry
    return replace(entry, published=published, updated=updated)


def _past(at: datetime | None, latest: datetime) -> datetime | None:
    return at if at is None or at <= latest else None


def _of(some: Iterable[object], entries: Iterable[object]) -> str:
    few, all_ = len(list(some)), len(list(entries))
    return f"all {all_}" if few == all_ else f"{few} of {all_}"
