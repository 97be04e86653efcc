"""Sums up for the operator how everything stands, without naming a reader who is well served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from digest import plan
from digest.model import Delivery, Source, SourceState, Subscriber
from digest.store import Store
from digest.store.days import SourceDay

DAYS = 30
OUTBOX_DAYS = 7
_RUNS, _TROUBLED, _SLOTS = 10, 20, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceLine:
    """A source, how it stands, and its last thirty days; None where it was not asked."""

    source: Source
    state: SourceState
    days: tuple[tuple[date, SourceDay | None], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How everything stands ``at`` a moment.

    ``outbox`` counts what changed within a week, or still waits; ``stopped`` and ``barred`` are
    suppressed addresses, whose owners said stop and others; ``growth`` is the number of active
    subscribers on the days that were counted; ``slots`` are when how many editions come next.
    """

    at: datetime
    sources: tuple[SourceLine, ...]
    runs: Sequence[Mapping[str, Any]]
    outbox: Mapping[str, int]
    troubled: Sequence[Delivery]
    returned: Mapping[str, int]
    stopped: int
    barred: int
    subscribers: Mapping[str, int]
    growth: Mapping[date, int]
    slots: Sequence[tuple[datetime, int]]
    entries: int


def overview(store: Store, configured: Sequence[Source], now: datetime) -> Overview:
    """Read it all."""
    since = now.date() - timedelta(days=DAYS - 1)
    states, days = store.sources.all(), store.days.sources(since)
    stopped, barred = store.subscribers.barred()
    week = now - timedelta(days=OUTBOX_DAYS)
    return Overview(
        at=now,
        sources=tuple(
            SourceLine(
                source=source,
                state=states.get(source.name) or SourceState(source=source.name),
                days=_filled(days.get(source.name, {}), since),
            )
            for source in configured
        ),
        runs=store.runs.latest(_RUNS),
        outbox=store.outbox.counts(week),
        troubled=store.outbox.troubled(week, _TROUBLED),
        returned=store.returned.counts(now - timedelta(days=DAYS)),
        stopped=stopped,
        barred=barred,
        subscribers=store.subscribers.counts(),
        growth={
            day: numbers.get("active", 0) for day, numbers in store.days.subscribers(since).items()
        },
        slots=_slots(store, now),
        entries=store.entries.count(),
    )


def _filled(
    known: Mapping[date, SourceDay], since: date
) -> tuple[tuple[date, SourceDay | None], ...]:
    dates = [since + timedelta(days=number) for number in range(DAYS)]
    return tuple((day, known.get(day)) for day in dates)


def _slots(store: Store, now: datetime) -> list[tuple[datetime, int]]:
    """Give the next moments at which editions fall due, and how many.

    Who shares zone, time and days shares the moment, so that a million are soon counted.
    """
    found: Counter[datetime] = Counter()
    for (timezone, send_at, days), number in store.subscribers.slots().items():
        reader = Subscriber(
            id="", email="", timezone=timezone, send_at=send_at, days=tuple(days.split())
        )
        at = plan.next_slot(reader, now)
        if at is not None:
            found[at] += number
    return sorted(found.items())[:_SLOTS]
