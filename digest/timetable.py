"""Whose edition is due: asked of the store without looking at those whose time has not come."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, date, datetime

from digest import plan
from digest.address import canonical
from digest.model import Edition
from digest.store import Store
from digest.store.waiting import Waiting

_ALWAYS = datetime.min.replace(tzinfo=UTC)


def quiet(store: Store, now: datetime, *, uncertain: bool) -> bool:
    """Whether nobody's time may have come and no delivery is due, ``uncertain`` ones if retried."""
    return not (store.waiting.any(now) or store.outbox.due(now, uncertain=uncertain, limit=1))


def due(store: Store, now: datetime, only: str = "") -> list[Edition]:
    """List the editions that are due and not planned.

    Whoever else is looked at is not again before their next time; whose edition is due, not after
    it is planned, so that a pass that is killed between loses nothing. ``only`` is one
    subscriber's id.
    """
    times = _Times(now)
    found: list[Edition] = []
    others: dict[Waiting, list[str]] = {}
    for page in store.waiting.due(now):
        for waiting, everybody in page.items():
            people = [row for row in everybody if only in {"", row[0]}]
            day = times.of(waiting)[0]
            wanting = _wanting(store, people, day) if day is not None else frozenset()
            found += [
                Edition(subscriber_id=who, date=day)
                for who, _ in people
                if day is not None and who in wanting
            ]
            idle = [who for who, _ in people if who not in wanting]
            if idle:
                others.setdefault(waiting, []).extend(idle)
    # Only now: what is being read is not to change meanwhile.
    for waiting, ids in others.items():
        store.waiting.wait(waiting, ids, times.of(waiting)[1], now)
    return found


def _wanting(store: Store, people: Sequence[tuple[str, str]], day: date) -> AbstractSet[str]:
    """Give the ids of those whose edition of a date is not planned, and who may be mailed."""
    settled = store.outbox.settled([who for who, _ in people], day)
    left = [row for row in people if row[0] not in settled]
    barred = store.subscribers.reasons(email for _, email in left)
    return {who for who, email in left if not barred or canonical(email) not in barred}


class _Times:
    """What is due and what comes next, worked out once for each zone, time and days."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._known: dict[Waiting, tuple[date | None, datetime | None]] = {}

    def of(self, waiting: Waiting) -> tuple[date | None, datetime | None]:
        """Give the date that is due, if any, and the next instant after now."""
        if waiting not in self._known:
            # While the clock was ahead a time may have passed without its edition.
            since = _ALWAYS if waiting.set_back else waiting.until
            day = plan.due_date(waiting, self._now, since)
            self._known[waiting] = day, plan.next_slot(waiting, self._now)
        return self._known[waiting]
