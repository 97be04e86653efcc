"""The editions, each of which names its digest; alike editions of a day name one.

A digest is stored once, whoever gets it: a service's readers share far fewer profiles than there
are readers, and a row that holds a number is written in a fraction of the time. With its last
edition a digest goes by a trigger (digest/store/statements.py).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlite_utils import Database

from digest.model import DeliveryStatus, Edition
from digest.store.digests import StoredDigest, Written
from digest.store.rows import Revision, parameter, revision, writing


class NewEdition(NamedTuple):
    """An edition that is to be planned, with the digest it shows and how its delivery begins."""

    subscriber_id: str
    email: str
    digest: Written
    message_id: str
    status: DeliveryStatus
    response: str = ""


class Editions:
    """The editions and digests tables."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db
        # Of digests that were stored before, as long as whoever made them keeps them.
        self._numbers: dict[date, WeakKeyDictionary[Written, int]] = {}
        self._written: Revision | None = None  # when a transaction of ours ended

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit all that is written within, or nothing.

        The numbers of what may yet be rolled back are not remembered: they are given again.
        """
        committed = False
        try:
            with writing(self._db):
                yield
                written = revision(self._db)
            committed = not self._db.conn.in_transaction
            self._written = written
        finally:
            if not committed:
                self._numbers.clear()

    def put(self, day: date, rows: Sequence[tuple[str, Written]]) -> None:
        """Write editions of a date that are new: ids with their digests; within the transaction."""
        numbers = self._stored(dict.fromkeys([one for _, one in rows]), day)
        at = day.isoformat()
        self._db.conn.executemany(
            "INSERT INTO editions (subscriber_id, date, digest) VALUES (?, ?, ?)",
            [(who, at, numbers[one]) for who, one in rows],
        )

    def _stored(self, digests: Iterable[Written], day: date) -> dict[Written, int]:
        """Give the numbers of a date's digests; store those that are not there, or not any more."""
        known = self._numbers.setdefault(day, WeakKeyDictionary())
        found = {one: known.get(one, 0) for one in digests}
        there = self._there(found.values())
        for one, number in found.items():
            if number not in there:
                cursor = self._db.conn.execute(
                    "INSERT INTO digests (date, content) VALUES (?, ?)", (day.isoformat(), one.text)
                )
                found[one] = int(cursor.lastrowid or 0)
        known.update(found)
        return found

    def _there(self, numbers: Collection[int]) -> Collection[int]:
        """Give those of the numbers under which a digest is stored; 0 is none's."""
        if revision(self._db) == self._written:  # all are that were
            return set(numbers) - {0}
        rows = self._db.conn.execute(
            "SELECT number FROM digests WHERE number IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(numbers))],
        )
        return {int(number) for (number,) in rows}

    def settled(self, subscriber_ids: Iterable[str], day: date) -> set[str]:
        """Give those of the subscribers who have an edition of a date, or are not stored."""
        rows = self._db.conn.execute(
            "SELECT value FROM json_each(?) AS asked "
            "WHERE EXISTS (SELECT 1 FROM editions AS e "
            "WHERE e.subscriber_id = asked.value AND e.date = ?) "
            "OR NOT EXISTS (SELECT 1 FROM subscribers AS s WHERE s.id = asked.value)",
            [parameter(subscriber_ids), day.isoformat()],
        )
        return {str(who) for (who,) in rows}

    def planned(self, editions: Iterable[Edition]) -> set[Edition]:
        """Give those of ``editions`` that exist."""
        by_date: dict[date, list[str]] = {}
        for edition in editions:
            by_date.setdefault(edition.date, []).append(edition.subscriber_id)
        return {
            Edition(subscriber_id=who, date=day)
            for day, ids in by_date.items()
            for (who,) in self._db.conn.execute(
                "SELECT e.subscriber_id FROM json_each(?) AS asked CROSS JOIN editions AS e "
                "ON e.subscriber_id = asked.value AND e.date = ?",
                [parameter(ids), day.isoformat()],
            )
        }

    def newcomers(self, subscriber_ids: Iterable[str], day: date | None = None) -> set[str]:
        """Give those of the subscribers who have had no edition yet, or none before ``day``."""
        rows = self._db.conn.execute(
            "SELECT value FROM json_each(?) AS asked WHERE NOT EXISTS "
            "(SELECT 1 FROM editions AS e WHERE e.subscriber_id = asked.value AND e.date < ?)",
            [parameter(subscriber_ids), day.isoformat() if day else "9999-12-31"],
        )
        return {str(who) for (who,) in rows}

    def numbers(self, editions: Iterable[Edition]) -> dict[Edition, int]:
        """Give the number of its digest for each of ``editions`` that is planned."""
        by_date: dict[date, list[Edition]] = {}
        for edition in editions:
            by_date.setdefault(edition.date, []).append(edition)
        numbers: dict[Edition, int] = {}
        for day, of_day in by_date.items():
            # By their place in what was asked, which is the key of an array's element.
            rows = self._db.conn.execute(
                "SELECT asked.key, e.digest FROM json_each(?) AS asked CROSS JOIN editions AS e "
                "ON e.subscriber_id = asked.value AND e.date = ?",
                [parameter([edition.subscriber_id for edition in of_day]), day.isoformat()],
            )
            numbers |= {of_day[at]: number for at, number in rows}
        return numbers

    def contents(self, numbers: Iterable[int]) -> dict[int, StoredDigest]:
        """Read digests by their numbers."""
        contents = self._db.conn.execute(
            "SELECT number, CAST(content AS BLOB) FROM digests "
            "WHERE number IN (SELECT value FROM json_each(?))",
            [json.dumps(list(numbers))],
        )
        return {number: StoredDigest.of(content) for number, content in contents}

    def digests(self, editions: Iterable[Edition]) -> dict[Edition, StoredDigest]:
        """Read the digests of those of ``editions`` that are planned; alike ones get one."""
        numbers = self.numbers(editions)
        stored = self.contents(set(numbers.values()))
        # One whose reader was erased between the two statements is gone.
        return {edition: stored[number] for edition, number in numbers.items() if number in stored}
