"""The editions of a subscriber that were sent, for reading again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from digest.store.digests import StoredDigest
from digest.store.marks import Marks
from digest.store.rows import parameter

_WRITTEN = "editions JOIN (SELECT number, content FROM digests) ON number = digest"
# The same, one that is damaged with nothing in it.
_READABLE = (
    "editions JOIN (SELECT number, CASE WHEN json_valid(content) THEN content ELSE '{}' END "
    "AS content FROM digests) ON number = digest"
)
# A reader may open the mail before its acceptance is written down; what is uncertain may have come.
_SENT = "status IN ('submitting', 'sent', 'uncertain')"


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEdition:
    """An edition as it was planned; ``planned_at`` and ``sent_at`` are when.

    ``previous`` and ``following`` are the dates of the subscriber's editions beside it.
    """

    day: date
    email: str
    stored: StoredDigest
    planned_at: datetime
    sent_at: datetime
    previous: date | None
    following: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """One line of the list of a subscriber's editions."""

    day: date
    subject: str
    entries: int


class SentEditions:
    """Reads the editions, digests and deliveries tables; Outbox writes them."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db
        self._marks = Marks(db)

    def list(self, subscriber_id: str, limit: int, offset: int = 0) -> tuple[Heading, ...]:
        """List the editions that were sent, the newest first."""
        self._marks.fold()
        rows = self._db.query(
            "SELECT date, CAST(content ->> 'subject' AS BLOB) AS subject, "  # noqa: S608 a constant
            "(SELECT coalesce(sum(json_array_length(value, '$.matches')), 0) "
            "FROM json_each(content, '$.sections')) AS entries "
            f"FROM {_READABLE} JOIN deliveries USING (subscriber_id, date) "
            f"WHERE subscriber_id = ? AND {_SENT} "
            "ORDER BY date DESC LIMIT ? OFFSET ?",
            [subscriber_id, limit, offset],
        )
        return tuple(
            Heading(
                day=date.fromisoformat(row["date"]),
                subject=(row["subject"] or b"").decode(errors="replace"),
                entries=row["entries"],
            )
            for row in rows
        )

    def get(self, subscriber_id: str, day: date) -> SentEdition | None:
        """Read one, if it was sent."""
        return next(iter(self._read(subscriber_id, "AND date = ?", [day.isoformat(), 1])), None)

    def latest(self, subscriber_id: str, limit: int) -> tuple[SentEdition, ...]:
        """Read the newest ones, the newest first."""
        return self._read(subscriber_id, "", [limit])

    def _read(
        self, subscriber_id: str, where: str, values: Iterable[object]
    ) -> tuple[SentEdition, ...]:
        self._marks.fold()
        beside = (
            "FROM deliveries AS other WHERE other.subscriber_id = deliveries.subscriber_id "
            f"AND other.{_SENT} AND other.date"
        )
        rows = self._db.query(
            "SELECT date, email, CAST(content AS BLOB) AS content, planned_at, changed_at, status, "  # noqa: S608 constants
            f"(SELECT max(other.date) {beside} < deliveries.date) AS previous, "
            f"(SELECT min(other.date) {beside} > deliveries.date) AS following "
            f"FROM {_WRITTEN} JOIN deliveries USING (subscriber_id, date) "
            f"WHERE subscriber_id = ? AND {_SENT} {where} "
            "ORDER BY date DESC LIMIT ?",
            [subscriber_id, *values],
        )
        return tuple(
            SentEdition(
                day=date.fromisoformat(row["date"]),
                email=row["email"],
                stored=StoredDigest.of(row["content"]),
                planned_at=datetime.fromisoformat(row["planned_at"]),
                sent_at=datetime.fromisoformat(row["changed_at"]),
                previous=_day(row["previous"]),
                following=_day(row["following"]),
            )
            for row in rows
        )

    def shown(self, subscriber_id: str, entry_ids: Iterable[str]) -> dict[str, date]:
        """Give, of the entries, those that the subscriber was sent, and on which date last."""
        self._marks.fold()
        rows = self._db.query(
            "WITH asked AS (SELECT number, id FROM entries "  # noqa: S608 a constant
            "WHERE id IN (SELECT value FROM json_each(?))), "
            "known AS (SELECT number, id FROM asked UNION ALL "
            "SELECT absorbed.number, id FROM asked JOIN absorbed ON became = asked.number) "
            "SELECT known.id AS entry_id, date FROM shown "
            "JOIN deliveries USING (subscriber_id, date), json_each(shown.entries) AS one "
            f"JOIN known ON known.number = one.value WHERE subscriber_id = ? AND {_SENT} "
            "ORDER BY date",
            [parameter(entry_ids), subscriber_id],
        )
        return {str(row["entry_id"]): date.fromisoformat(row["date"]) for row in rows}


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
