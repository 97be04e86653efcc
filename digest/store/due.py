"""Which deliveries are due, and what is read of them: those that share a digest follow each other.

What is made of a digest for one reader then serves the next, and nothing of it is kept for long.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from sqlite_utils import Database

from digest.model import Delivery
from digest.store.deliveries import COLUMNS, delivery_of
from digest.store.rows import parameter, text_of

# Where these conditions stand word for word, the indexes of those rows alone serve
# (https://www.sqlite.org/partialindex.html, 3): deliveries_order and deliveries_changed_at.
UNDECIDED = (
    "(status = 'planned' OR status = 'submitting' OR status = 'deferred' OR status = 'uncertain')"
)
_DUE = (
    f"{UNDECIDED} AND status <> 'submitting' AND (? OR status <> 'uncertain') "
    "AND (next_attempt IS NULL OR next_attempt <= ?)"
)


class Due(NamedTuple):
    """A delivery that is due, by its place in the order in which all were planned."""

    planned_at: str
    subscriber_id: str
    date: str


_DATE = attrgetter("date")
_due: Callable[[tuple[str, str, str]], Due] = partial(tuple.__new__, Due)


class DueDeliveries:
    """What is due of the deliveries table."""

    def __init__(self, db: Database, fold: Callable[[], None]) -> None:
        """Use the open database ``db``; ``fold`` writes marks into their deliveries' rows."""
        self._db = db
        self.fold = fold

    def oldest(
        self, now: datetime, *, uncertain: bool, limit: int, only: str, after: Due | None
    ) -> Sequence[Due]:
        """Give the oldest ``limit`` after a place, those of a digest side by side."""
        self.fold()
        rows = self._db.conn.execute(
            "SELECT due.planned_at, due.subscriber_id, due.date FROM ("  # noqa: S608 constants
            f"SELECT planned_at, subscriber_id, date FROM deliveries WHERE {_DUE} "
            "AND (? = '' OR subscriber_id = ?) AND (planned_at, subscriber_id, date) > (?, ?, ?) "
            "ORDER BY planned_at, subscriber_id, date LIMIT ?"
            ") AS due CROSS JOIN editions AS e ON e.subscriber_id = due.subscriber_id "
            "AND e.date = due.date ORDER BY e.digest, due.planned_at, due.subscriber_id",
            [uncertain, text_of(now), only, only, *(after or ("", "", "")), limit],
        )
        texts: dict[str, str] = {}  # one object for a time or date that thousands have
        one = texts.setdefault
        return [_due((one(at, at), who, one(day, day))) for at, who, day in rows]

    def read(self, some: Sequence[Due], now: datetime, *, uncertain: bool) -> Sequence[Delivery]:
        """Read those of ``some`` that are still due, in order."""
        self.fold()
        found: list[Delivery] = []
        for day, of_day in groupby(some, _DATE):
            rows = self._db.conn.execute(
                f"SELECT {COLUMNS} FROM json_each(?) AS asked "  # noqa: S608 constants
                "CROSS JOIN deliveries ON subscriber_id = asked.value AND date = ? "
                f"WHERE {_DUE} ORDER BY asked.key",
                [parameter([one.subscriber_id for one in of_day]), day, uncertain, text_of(now)],
            )
            found += map(delivery_of, rows)
        return found
