"""What matching chooses from: the entries of the window, or of listings, and who saw what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day

import numpy as np

from digest import identity
from digest.columns import columns
from digest.coverage import DOUBTFUL
from digest.model import Coverage, Entry, Profile, Source, SourceState, Subscriber
from digest.pool import Pool
from digest.sparse import Places
from digest.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How many days an entry may wait to be shown, and what a new subscriber is offered at most.

    That is the newest ``first_entries``, of ``first_days`` by their own dates (0: of any).
    """

    days: int = 7
    first_entries: int = 500
    first_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The pool, and whom each entry was shown to.

    Entries from the place ``fresh`` on were stored before the window and revised within it.
    ``shown`` gives the date of each subscriber's entries, ``versions`` which version of those
    revised; ``newcomers`` have had no edition yet.
    """

    pool: Pool
    fresh: int
    shown: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    versions: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    newcomers: frozenset[str] = frozenset()
    window: Window = Window()
    coverage: tuple[Coverage, ...] = ()

    def candidates(self, subscriber: Subscriber, day: date, *, again: bool = False) -> Places:
        """Give the places of entries that the edition of ``day`` may show to a subscriber.

        Those not yet shown, and new versions of those shown, if the profile asks for them;
        ``again`` also those that this very edition has shown. They are in the pool's order.
        """
        wanted = subscriber.profile.replacements
        open_to = np.zeros(len(self.pool.entries), np.bool_)
        open_to[: None if wanted == "show" else self.fresh] = True
        before = self.shown.get(subscriber.id)
        if before:
            at = columns(self.pool).places(before)
            open_to[list(at.values())] = False
            own = day.isoformat() if again else ""
            open_to[[place for entry, place in at.items() if before[entry] == own]] = True
        if wanted != "ignore":
            open_to[list(self.revised(subscriber))] = True
        found = np.flatnonzero(open_to)
        return self._first(found, day) if subscriber.id in self.newcomers else found

    def revised(self, subscriber: Subscriber) -> frozenset[int]:
        """Give the places of new versions of what the subscriber was shown."""
        shown, entries = self.versions.get(subscriber.id, {}), self.pool.entries
        at = columns(self.pool).places(shown) if shown else {}
        return frozenset(at[one] for one in at if entries[at[one]].version > shown[one])

    def _first(self, found: Places, day: date) -> Places:
        """Offer a new subscriber the newest only, in the pool's order."""
        days = self.window.first_days
        since = _midnight(day) - timedelta(days=days) if days else None
        return columns(self.pool).newest(found, self.window.first_entries, since)

    def counted(self, candidates: Sequence[int] | Places) -> tuple[Coverage, ...]:
        """Count what each source gave to choose from."""
        counts = columns(self.pool).counts(candidates)
        return tuple(
            Coverage(
                source=c.source, state=c.state, detail=c.detail, entries=counts.get(c.source, 0)
            )
            for c in self.coverage
        )


def any_curious(store: Store, day: date, window: Window) -> bool:
    """Whether an active subscriber wants new versions of older entries, and there are any."""
    since = _midnight(day) - timedelta(days=window.days)
    return bool(store.entries.revised(since)) and store.subscribers.any_curious()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time_of_day(), tzinfo=UTC)


def from_listings(entries: Sequence[Entry]) -> Choice:
    """Choose from just the entries of listings, seen or not."""
    return Choice(pool=Pool(entries), fresh=len(entries))


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What all editions of a date choose from: read and indexed once, whoever subscribes."""

    pool: Pool
    fresh: int
    since: datetime
    window: Window
    coverage: tuple[Coverage, ...]


def open_day(
    store: Store, day: date, configured: Sequence[Source], window: Window, *, revised: bool
) -> Day:
    """Read the entries first stored, or ``revised``, within the window before ``day``."""
    since = _midnight(day) - timedelta(days=window.days)
    fresh = store.entries.since(since)
    newer = store.entries.revised(since) if revised else ()
    return Day(
        pool=Pool([*fresh, *newer]),
        fresh=len(fresh),
        since=since,
        window=window,
        coverage=coverage(configured, store.sources.all()),
    )


def past_day(store: Store, day: date, before: datetime, window: Window) -> Day:
    """Read what the edition of a past ``day`` would have chosen from, at the moment ``before``.

    How its sources stood then is not kept, and neither is when an entry got its present version.
    """
    since = _midnight(day) - timedelta(days=window.days)
    entries = [entry for at, entry in store.entries.dated(since) if since < at <= before]
    return Day(pool=Pool(entries), fresh=len(entries), since=since, window=window, coverage=())


def as_of(choice: Choice, store: Store, subscriber: Subscriber, day: date) -> Choice:
    """Give a choice as it was for the edition of ``day``: what was shown later was not yet."""
    shown = choice.shown.get(subscriber.id, {})
    before = {entry: date for entry, date in shown.items() if date <= day.isoformat()}
    newcomers = store.outbox.newcomers([subscriber.id], day)
    return replace(
        choice, shown={subscriber.id: before}, versions={}, newcomers=frozenset(newcomers)
    )


def from_store(store: Store, day: Day, subscribers: Sequence[Subscriber]) -> Choice:
    """Choose for some subscribers from what the day offers."""
    curious = [s.id for s in subscribers if is_curious(s)]
    ids = [s.id for s in subscribers]
    return Choice(
        pool=day.pool.beside(library(store, [s.profile for s in subscribers])),
        fresh=day.fresh,
        shown=store.shown.dates(ids, day.since),
        versions=store.shown.versions(curious, day.since) if curious else {},
        newcomers=frozenset(store.outbox.newcomers(ids)),
        window=day.window,
        coverage=day.coverage,
    )


def library(store: Store, profiles: Sequence[Profile]) -> dict[str, Entry]:
    """Read the stored entries that examples of profiles may name, by key and by title."""
    known = store.entries.by_keys(library_keys(profiles))
    return known | {identity.title_key(entry.title): entry for entry in known.values()}


def is_curious(subscriber: Subscriber) -> bool:
    """Whether a subscriber wants new versions of older entries."""
    return subscriber.profile.replacements != "ignore"


def library_keys(profiles: Iterable[Profile]) -> set[str]:
    """List the keys under which the store may know the examples of profiles."""
    examples = {
        example
        for profile in profiles
        for interest in profile.interests
        for example in (*interest.examples, *interest.counterexamples)
        if not example.summary
    }
    keys = {example.key for example in examples if example.key}
    return keys | {f"title:{identity.title_key(e.title)}" for e in examples if e.title}


def coverage(
    configured: Sequence[Source], states: Mapping[str, SourceState]
) -> tuple[Coverage, ...]:
    """Say how each configured source stands, entries not yet counted."""
    found = []
    for source in configured:
        state = states.get(source.name) or SourceState(source=source.name)
        # A source in order is "read", whether this very pull brought anything or not: the mail
        # of an edition is the same before and after another pull.
        doubtful = state.state in DOUBTFUL
        found.append(
            Coverage(
                source=source.name,
                state=state.state if doubtful else "read",
                detail=state.detail if doubtful else "",
            )
        )
    return tuple(found)
