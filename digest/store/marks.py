"""Marks of what leaves and of what was sent: written one behind the other, and folded in bulk.

A mark in its delivery's row touches a page of the table and one of each index. Here it costs a part
of one page, whatever the number of connections; a hundred mails are folded in at once. Whoever
reads or changes a status has the marks folded first, so that none is ever read without them.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlite_utils import Database

from digest.store.rows import writing

# Subscriber, date, status, attempts, response and time; the last two are None while it leaves.
Mark = tuple[str, str, str, int, str | None, str | None]

_PUT = (
    "INSERT INTO marks (subscriber_id, date, status, attempts, response, at) "
    "VALUES (?, ?, ?, ?, ?, ?)"
)
# Beside max() stand the values of the row that has it (https://www.sqlite.org/lang_select.html, 3).
_FOLD = (
    "UPDATE deliveries SET status = mark.status, attempts = mark.attempts, next_attempt = NULL, "
    "response = coalesce(mark.response, deliveries.response), "
    "changed_at = coalesce(mark.at, deliveries.changed_at) "
    "FROM (SELECT max(number), subscriber_id, date, status, attempts, response, at FROM marks "
    "GROUP BY subscriber_id, date) AS mark "
    "WHERE deliveries.subscriber_id = mark.subscriber_id AND deliveries.date = mark.date"
)


class Marks:
    """The marks table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def put(self, marks: Sequence[Mark]) -> None:
        """Write marks, within a transaction."""
        self._db.conn.executemany(_PUT, marks)

    def fold(self) -> None:
        """Write all marks into their deliveries."""
        if self._db.conn.execute("SELECT 1 FROM marks LIMIT 1").fetchone() is None:
            return
        with writing(self._db):
            self._db.conn.execute(_FOLD)
            self._db.conn.execute("DELETE FROM marks")
