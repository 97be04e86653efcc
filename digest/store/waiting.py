"""Until when each subscriber need not be looked at: a hint that makes "who is due?" cheap.

The truth stays with the clock, the profile and the editions. Triggers take a subscriber's hint away
when anything changes that it was made of (digest/store/migrations.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlite_utils import Database

from digest.model import Status
from digest.store.rows import moment_of, parameter, text_of, writing

_NEVER = "9999"
_PAGE = 2_000  # rows
# Both ways to be due have their index; one condition with OR would read the whole table.
_ANY = (
    "SELECT EXISTS (SELECT 1 FROM waiting WHERE until <= :now) "
    "OR EXISTS (SELECT 1 FROM waiting WHERE since > :now)"
)
_DUE = (
    "SELECT s.timezone, s.send_at, s.days, s.status, s.paused_until, w.until, w.since > :now, "
    "s.id, s.email FROM (SELECT * FROM waiting WHERE until <= :now UNION ALL "
    "SELECT * FROM waiting WHERE since > :now AND until > :now) AS w "
    "CROSS JOIN subscribers AS s ON s.id = w.subscriber_id"
)
# But for those whom somebody changed since they were read.
_WAIT = (
    "UPDATE waiting SET until = :next, since = :now "
    "WHERE subscriber_id IN (SELECT value FROM json_each(:ids)) "
    "AND until = :until AND (since > :now) = :set_back AND EXISTS ("
    "SELECT 1 FROM subscribers AS s WHERE s.id = subscriber_id AND s.timezone = :timezone "
    "AND s.send_at = :send_at AND s.days = :days AND s.status = :status "
    "AND s.paused_until IS :paused_until)"
)


class Waiting(NamedTuple):
    """When some subscribers want mails, and what was waited for, as the store keeps it.

    ``set_back`` says that the last look was later than now: the clock was set back.
    """

    timezone: str
    send_at: str
    listed: str
    standing: str
    pause: str | None
    waited: str
    set_back: bool

    @property
    def days(self) -> tuple[str, ...]:
        """The days of the week."""
        return tuple(self.listed.split())

    @property
    def status(self) -> Status:
        """Whether mails go at all."""
        return Status(self.standing)

    @property
    def paused_until(self) -> date | None:
        """The first date after a pause."""
        return date.fromisoformat(self.pause) if self.pause else None

    @property
    def until(self) -> datetime | None:
        """The instant that was waited for; None if it is not known."""
        return None if self.set_back or self.waited == _NEVER else moment_of(self.waited)


class WaitingList:
    """The waiting table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def any(self, now: datetime) -> bool:
        """Whether anybody is to be looked at."""
        row = self._db.conn.execute(_ANY, {"now": text_of(now)}).fetchone()
        return bool(row[0])

    def due(self, now: datetime) -> Iterator[dict[Waiting, list[tuple[str, str]]]]:
        """Read those whose time may have come, a page at a time: ids with addresses.

        They are grouped by when they want mails. Whoever was looked at later than now is among
        them.
        """
        cursor = self._db.conn.execute(_DUE, {"now": text_of(now)})
        while rows := cursor.fetchmany(_PAGE):
            page: dict[tuple[Any, ...], list[tuple[str, str]]] = {}
            for row in rows:
                page.setdefault(row[:-2], []).append(row[-2:])
            yield {Waiting(*kind): people for kind, people in page.items()}

    def wait(self, of: Waiting, ids: Sequence[str], until: datetime | None, now: datetime) -> None:
        """Look at subscribers again at an instant; at None, not until something changes.

        Whom somebody changed since they were read as ``of`` is left as they are.
        """
        values = {
            "now": text_of(now),
            "next": text_of(until) or _NEVER,
            "until": of.waited,
            "set_back": of.set_back,
            "timezone": of.timezone,
            "send_at": of.send_at,
            "days": of.listed,
            "status": of.standing,
            "paused_until": of.pause,
        }
        for start in range(0, len(ids), _PAGE):
            with writing(self._db):
                some = parameter(ids[start : start + _PAGE])
                self._db.conn.execute(_WAIT, {**values, "ids": some})

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
