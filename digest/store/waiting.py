"""Until when each subscriber need not be looked at: a hint that makes "who is due?" cheap.

The truth stays with the clock, the profile and the editions. Triggers take a subscriber's hint away
when anything changes that it was made of (digest/store/migrations.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from digest.model import Status
from digest.store.rows import moment_of, parameter, text_of, writing

_NEVER = "9999"
# Both ways to be due have their index; one condition with OR would read the whole table.
_ANY = (
    "SELECT EXISTS (SELECT 1 FROM waiting WHERE until <= :now) "
    "OR EXISTS (SELECT 1 FROM waiting WHERE since > :now)"
)
_ROWS = (
    "SELECT s.id, s.email, s.timezone, s.send_at, s.days, s.status, s.paused_until, w.until, "
    "w.since > :now FROM waiting AS w JOIN subscribers AS s ON s.id = w.subscriber_id"
)
_DUE = (
    "SELECT subscriber_id FROM waiting WHERE until <= :now UNION "
    "SELECT subscriber_id FROM waiting WHERE since > :now"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """When a subscriber wants mails, and the instant that was waited for; None if unknown.

    ``set_back`` says that the last look was later than now: the clock was set back.
    """

    id: str
    email: str
    timezone: str
    send_at: str
    days: tuple[str, ...]
    status: Status
    paused_until: date | None
    until: datetime | None
    set_back: bool


class WaitingList:
    """The waiting table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def any(self, now: datetime) -> bool:
        """Whether anybody is to be looked at."""
        row = self._db.conn.execute(_ANY, {"now": text_of(now)}).fetchone()
        return bool(row[0])

    def due(self, now: datetime) -> list[Waiting]:
        """Read those whose time may have come, in the order of addresses.

        Whoever was looked at later than now is among them.
        """
        rows = self._db.conn.execute(
            f"{_ROWS} WHERE w.subscriber_id IN ({_DUE}) ORDER BY s.email", {"now": text_of(now)}
        )
        return [_waiting(row) for row in rows]

    def still_due(self, ids: Iterable[str], now: datetime) -> list[Waiting]:
        """Read those of some whose time may have come."""
        rows = self._db.conn.execute(
            f"{_ROWS} WHERE w.subscriber_id IN (SELECT value FROM json_each(:ids)) "  # noqa: S608 a constant
            "AND (w.until <= :now OR w.since > :now)",
            {"now": text_of(now), "ids": parameter(ids)},
        )
        return [_waiting(row) for row in rows]

    def wait(self, waits: Iterable[tuple[str, datetime | None]], now: datetime) -> None:
        """Look at each subscriber again at an instant; at None, not until something changes."""
        since = text_of(now)
        with writing(self._db):
            self._db.conn.executemany(
                "UPDATE waiting SET until = ?, since = ? WHERE subscriber_id = ?",
                ((text_of(until) or _NEVER, since, who) for who, until in waits),
            )

    def look_again(self, subscriber_id: str) -> None:
        """Look at a subscriber at once, whatever was waited for."""
        self._db.execute(
            "UPDATE waiting SET until = '', since = '' WHERE subscriber_id = ?", [subscriber_id]
        )

    def next(self) -> datetime | None:
        """Give the next instant that anybody waits for."""
        row = self._db.conn.execute(
            "SELECT min(until) FROM waiting WHERE until > '' AND until < ?", [_NEVER]
        ).fetchone()
        return moment_of(row[0])


def _waiting(row: tuple[Any, ...]) -> Waiting:
    who, email, timezone, send_at, days, status, paused_until, until, set_back = row
    return Waiting(
        id=who,
        email=email,
        timezone=timezone,
        send_at=send_at,
        days=tuple(days.split()),
        status=Status(status),
        paused_until=date.fromisoformat(paused_until) if paused_until else None,
        until=None if set_back or until == _NEVER else moment_of(until),
        set_back=bool(set_back),
    )
