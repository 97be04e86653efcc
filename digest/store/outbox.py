"""The outbox: editions planned, and each one's way to the mail server.

A unique key on (subscriber, date) makes an edition and its delivery once-only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlite_utils import Database

from digest.address import canonical
from digest.model import Delivery, DeliveryStatus, Digest, Edition, SendResult
from digest.store.deliveries import COLUMNS, INSERT, delivery_of, key_of, row_of
from digest.store.digests import StoredDigest, Written
from digest.store.due import UNDECIDED, Due, DueDeliveries
from digest.store.editions import Editions, NewEdition
from digest.store.marks import Mark, Marks
from digest.store.rows import moment_of, text_of, version, writing
from digest.store.shown import Shown

_TRIED = "status NOT IN ('planned', 'submitting')"
Row = tuple[object, ...]
_FOLDED_AT_ONCE = 200  # marks: of a hundred mails


class Outbox:
    """The editions, shown and deliveries tables."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db
        self._editions = Editions(db)
        self._shown = Shown(db)
        self._marks = Marks(db)
        self._due = DueDeliveries(db, self.fold)
        self._unfolded = 0  # marks, about

    def plan(self, planned: Iterable[tuple[Digest | Written, Delivery]]) -> int:
        """Write editions with their shown entries and deliveries, in one transaction.

        An edition that exists is left as it is, and so is one of who was erased meanwhile. Gives
        how many were new.
        """
        by_date: dict[date, dict[str, tuple[Written, Row]]] = {}
        for digest, delivery in planned:
            written = digest if isinstance(digest, Written) else Written.of(digest)
            of_day = by_date.setdefault(delivery.edition.date, {})
            of_day[delivery.edition.subscriber_id] = written, row_of(delivery)
        with self._editions.transaction():
            return sum(
                self._plan(day, list(of_day), list(of_day.values()))
                for day, of_day in by_date.items()
            )

    def plan_day(self, day: date, planned: Sequence[NewEdition], now: datetime) -> int:
        """Do as ``plan`` does with editions of one date, of another reader each.

        For everybody's editions: nothing is made of one but its rows.
        """
        on, at = day.isoformat(), text_of(now)
        rows: list[tuple[Written, Row]] = [
            (one, (who, on, email, status.value, 0, at, None, at, message_id, response))
            for who, email, one, message_id, status, response in planned
        ]
        with self._editions.transaction():
            return self._plan(day, [one.subscriber_id for one in planned], rows)

    def _plan(
        self, day: date, subscriber_ids: Sequence[str], rows: Sequence[tuple[Written, Row]]
    ) -> int:
        """Write the editions of a date, with the rows of their deliveries."""
        asked = list(zip(subscriber_ids, rows, strict=True))
        settled = self._editions.settled(subscriber_ids, day)
        if settled:
            asked = [(who, row) for who, row in asked if who not in settled]
        noted = [(who, one) for who, (one, _) in asked]
        self._editions.put(day, noted)
        self._shown.add(day, noted)
        self._db.conn.executemany(INSERT, [row for _, (_, row) in asked])
        return len(asked)

    def planned(self, editions: Iterable[Edition]) -> set[Edition]:
        """Give those of ``editions`` that exist."""
        return self._editions.planned(editions)

    def settled(self, subscriber_ids: Iterable[str], day: date) -> set[str]:
        """Give those of the subscribers who have an edition of a date, or are not stored."""
        return self._editions.settled(subscriber_ids, day)

    def newcomers(self, subscriber_ids: Iterable[str], day: date | None = None) -> set[str]:
        """Give those of the subscribers who have had no edition yet, or none before ``day``."""
        return self._editions.newcomers(subscriber_ids, day)

    def digests(self, editions: Iterable[Edition]) -> dict[Edition, StoredDigest]:
        """Read the digests of those of ``editions`` that are planned."""
        return self._editions.digests(editions)

    def numbers(self, editions: Iterable[Edition]) -> dict[Edition, int]:
        """Give the number of its digest for each of ``editions`` that is planned."""
        return self._editions.numbers(editions)

    def contents(self, numbers: Iterable[int]) -> dict[int, StoredDigest]:
        """Read digests by their numbers; what has one never changes."""
        return self._editions.contents(numbers)

    def due(
        self,
        now: datetime,
        *,
        uncertain: bool,
        limit: int,
        only: str = "",
        after: Due | None = None,
    ) -> Sequence[Due]:
        """Give which deliveries are due, those of a digest side by side.

        They are the oldest ``limit`` after a place; ``uncertain`` ones are if asked for.
        """
        return self._due.oldest(now, uncertain=uncertain, limit=limit, only=only, after=after)

    def read(self, some: Sequence[Due], now: datetime, *, uncertain: bool) -> Sequence[Delivery]:
        """Read those of the deliveries that are still due, in order."""
        return self._due.read(some, now, uncertain=uncertain)

    def next_attempt(self, *, uncertain: bool, only: str = "") -> datetime | None:
        """Give when the next open delivery is due."""
        self.fold()
        rows = self._db.query(
            f"SELECT min(next_attempt) AS at FROM deliveries WHERE {UNDECIDED} "  # noqa: S608 a constant
            "AND (? OR status <> 'uncertain') AND (? = '' OR subscriber_id = ?)",
            [uncertain, only, only],
        )
        return moment_of(next(iter(rows))["at"])

    def version(self) -> int:
        """Give a number that changes whenever another connection writes to the database."""
        return version(self._db)

    def may_leave(self, delivery: Delivery, recipient: str) -> bool:
        """Whether a delivery may still be sent to the address ``recipient``.

        It may not if it was sent, held or dropped meanwhile, or the address asked to stop.
        """
        found = self._db.conn.execute(
            "SELECT 1 FROM deliveries WHERE subscriber_id = ? AND date = ? "
            "AND (status = 'planned' OR status = 'deferred' OR status = 'uncertain') "
            "AND NOT EXISTS (SELECT 1 FROM suppressions WHERE email = ?) "
            "AND NOT EXISTS (SELECT 1 FROM subscribers WHERE id = ? AND status = 'unsubscribed')",
            (*key_of(delivery.edition), canonical(recipient), delivery.edition.subscriber_id),
        )
        return found.fetchone() is not None

    def mark(
        self, sent: Sequence[tuple[Delivery, str]], leaving: Sequence[Delivery], now: datetime
    ) -> None:
        """Mark deliveries that were sent, with the server's words, and those that leave now.

        Within a transaction, whose commit is what lets them leave.
        """
        at = text_of(now)
        marks: list[Mark] = [
            (*key_of(one.edition), "sent", one.attempts + 1, response, at) for one, response in sent
        ]
        marks += [
            (*key_of(one.edition), "submitting", one.attempts + 1, None, None) for one in leaving
        ]
        self._marks.put(marks)
        self._unfolded += len(marks)
        if self._unfolded >= _FOLDED_AT_ONCE:
            self.fold()

    def fold(self) -> None:
        """Write marks into the rows of their deliveries."""
        self._marks.fold()
        self._unfolded = 0

    def record(
        self,
        delivery: Delivery,
        result: SendResult,
        now: datetime,
        *,
        next_attempt: datetime | None = None,
        tried: bool = True,
        was: DeliveryStatus | None = None,
    ) -> None:
        """Write down how a delivery ended, and when the next attempt is due.

        Without ``tried`` no attempt was made. With ``was`` nothing changes if it stands otherwise.
        """
        self.fold()
        self._db.execute(
            "UPDATE deliveries SET status = ?, response = ?, next_attempt = ?, changed_at = ?, "
            "attempts = ? WHERE subscriber_id = ? AND date = ? AND (? IS NULL OR status = ?)",
            (
                result.status.value,
                result.response,
                text_of(next_attempt),
                text_of(now),
                delivery.attempts + tried,
                *key_of(delivery.edition),
                *(was and was.value,) * 2,
            ),
        )

    def recover(self, now: datetime) -> int:
        """Turn what a killed run left ``submitting`` into ``uncertain``; gives how many."""
        with writing(self._db):
            self.fold()
            cursor = self._db.execute(
                "UPDATE deliveries SET status = 'uncertain', next_attempt = NULL, "  # noqa: S608 a constant
                "changed_at = ?, response = 'the run was killed before the answer came' "
                f"WHERE {UNDECIDED} AND status = 'submitting'",
                [text_of(now)],
            )
        return int(cursor.rowcount)

    def change(
        self,
        to: DeliveryStatus,
        of: Sequence[DeliveryStatus],
        now: datetime,
        editions: Sequence[Edition] | None = None,
    ) -> int:
        """Move deliveries from one status to another and make them due; gives how many.

        ``editions`` narrows it down; None means all.
        """
        chosen = None
        if editions is not None:
            chosen = json.dumps([f"{e.subscriber_id} {e.date.isoformat()}" for e in editions])
        with writing(self._db):
            self.fold()
            cursor = self._db.execute(
                "UPDATE deliveries SET status = ?, next_attempt = NULL, changed_at = ? "
                "WHERE status IN (SELECT value FROM json_each(?)) AND (? IS NULL OR "
                "subscriber_id || ' ' || date IN (SELECT value FROM json_each(?)))",
                [str(to), text_of(now), json.dumps([str(s) for s in of]), chosen, chosen],
            )
        return int(cursor.rowcount)

    def readdress(self, subscriber_id: str, email: str) -> None:
        """Have what may still be sent to a subscriber go to another address."""
        with writing(self._db):
            self.fold()
            self._db.execute(
                "UPDATE deliveries SET email = ? WHERE subscriber_id = ? "
                "AND status NOT IN ('sent', 'failed', 'suppressed', 'dropped', 'skipped')",
                [email, subscriber_id],
            )

    def addresses(self, subscriber_id: str) -> set[str]:
        """Give the folded addresses to which a subscriber's editions went, or were to go."""
        rows = self._db.query(
            "SELECT DISTINCT email FROM deliveries WHERE subscriber_id = ?", [subscriber_id]
        )
        return {canonical(row["email"]) for row in rows}

    def all(self, statuses: Sequence[DeliveryStatus] = (), limit: int = -1) -> tuple[Delivery, ...]:
        """Read deliveries, the newest first."""
        self.fold()
        rows = self._db.conn.execute(
            f"SELECT {COLUMNS} FROM deliveries WHERE ? = '[]' OR "  # noqa: S608 a constant
            "status IN (SELECT value FROM json_each(?)) ORDER BY date DESC, email LIMIT ?",
            [json.dumps([str(s) for s in statuses])] * 2 + [limit],
        )
        return tuple(delivery_of(row) for row in rows)

    def troubled(self, since: datetime, limit: int) -> tuple[Delivery, ...]:
        """Read deliveries that changed since, and should be sent and are not; the newest first."""
        self.fold()
        rows = self._db.conn.execute(
            f"SELECT {COLUMNS} FROM deliveries WHERE changed_at >= ? AND {_TRIED} "  # noqa: S608 a constant
            "AND status IN ('deferred', 'failed', 'uncertain', 'held') "
            "ORDER BY changed_at DESC LIMIT ?",
            [text_of(since), limit],
        )
        return tuple(delivery_of(row) for row in rows)

    def counts(self, changed_since: datetime | None = None) -> dict[str, int]:
        """Count deliveries by status.

        With a time, only those planned or changed since, and those that still wait to be sent.
        """
        self.fold()
        if changed_since is None:
            rows = self._db.query(
                "SELECT status, count(*) AS n FROM deliveries GROUP BY status ORDER BY status"
            )
        else:
            rows = self._db.query(
                "SELECT status, count(*) AS n FROM deliveries "  # noqa: S608 constants
                f"WHERE changed_at >= ? AND {_TRIED} GROUP BY status UNION ALL "
                "SELECT status, count(*) AS n FROM deliveries "
                f"WHERE {UNDECIDED} AND status = 'planned' GROUP BY status ORDER BY status",
                [text_of(changed_since)],
            )
        return {str(row["status"]): int(row["n"]) for row in rows}

    def waiting(self) -> dict[str, int]:
        """Count by status the deliveries that wait for an answer."""
        self.fold()
        rows = self._db.query(
            f"SELECT status, count(*) AS n FROM deliveries WHERE {UNDECIDED} GROUP BY status"  # noqa: S608 a constant
        )
        return {str(row["status"]): int(row["n"]) for row in rows}
