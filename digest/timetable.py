"""Whose edition is due: asked of the store without looking at those whose time has not come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from digest import plan
from digest.address import canonical
from digest.model import Edition
from digest.store import Store
from digest.store.waiting import Waiting

_AT_ONCE = 2_000  # looked at together, so that the rest of memory is free
_ALWAYS = datetime.min.replace(tzinfo=UTC)


def quiet(store: Store, now: datetime, *, uncertain: bool) -> bool:
    """Whether nobody's time may have come and no delivery is due, ``uncertain`` ones if retried."""
    return not (store.waiting.any(now) or store.outbox.due(now, uncertain=uncertain, limit=1))


def due(store: Store, now: datetime, only: str = "") -> list[Edition]:
    """List the editions that are due and not planned, in the order of addresses.

    Whoever else is looked at is not again before their next time; whose edition is due, not after
    it is planned, so that a pass that is killed between loses nothing. ``only`` is one
    subscriber's id.
    """
    rows = [row for row in store.waiting.due(now) if only in {"", row.id}]
    times = _Times(now)
    found: list[Edition] = []
    for start in range(0, len(rows), _AT_ONCE):
        found += _wanted(store, rows[start : start + _AT_ONCE], times, now)
    return found


def _wanted(store: Store, rows: Sequence[Waiting], times: _Times, now: datetime) -> list[Edition]:
    """List the editions of some, and let the others wait."""
    editions = {
        row.id: Edition(subscriber_id=row.id, date=day)
        for row in rows
        if (day := times.of(row)[0]) is not None
    }
    planned = store.outbox.planned(editions.values())
    barred = store.subscribers.reasons(row.email for row in rows)
    wanting = {
        row.id: editions[row.id]
        for row in rows
        if row.id in editions
        and editions[row.id] not in planned
        and canonical(row.email) not in barred
    }
    _let_wait(store, [row for row in rows if row.id not in wanting], times, now)
    return list(wanting.values())


def _let_wait(store: Store, rows: Sequence[Waiting], times: _Times, now: datetime) -> None:
    """Look at these again when their next time comes, unless somebody changed them meanwhile."""
    if not rows:
        return
    with store.transaction():
        still = store.waiting.still_due((row.id for row in rows), now)
        standing = {row.id: row for row in still}
        same = [row for row in rows if standing.get(row.id) == row]
        store.waiting.wait([(row.id, times.of(row)[1]) for row in same], now)


class _Times:
    """What is due and what comes next, worked out once for each zone, time and days."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._known: dict[tuple[object, ...], tuple[date | None, datetime | None]] = {}

    def of(self, row: Waiting) -> tuple[date | None, datetime | None]:
        """Give the date that is due, if any, and the next instant after now."""
        about = (row.timezone, row.send_at, row.days, row.status, row.paused_until)
        key = (*about, row.until, row.set_back)
        if key not in self._known:
            # While the clock was ahead a time may have passed without its edition.
            day = plan.due_date(row, self._now, _ALWAYS if row.set_back else row.until)
            self._known[key] = day, plan.next_slot(row, self._now)
        return self._known[key]
