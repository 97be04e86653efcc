"""Prunes what is old, and keeps what "one edition a day" and "shown once, ever" rest upon.

Editions go whole, with their deliveries, but never one that is still to be sent, nor a subscriber's
last: who has none counts as new. The date up to which they went is written down, and no edition of
an earlier date is made again, for it may have been sent.

Entries lose their abstract, authors and links, and keep their row: id, keys, title, version and
when they were first stored. By these a paper that a source lists again is still known, whatever it
is called there by then; were the row gone, it would be new, and shown again. For the same reason
the rows of ``shown`` stay. An entry keeps its texts while an edition that is kept shows it, while
it is an example of a profile, or while a new version of it is recent. One that is listed again gets
them back, and keeps them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, datetime

from sqlite_utils import Database

from digest.store.keys import Keys
from digest.store.rows import text_of, writing

_AT_ONCE = 2000  # rows a transaction, so that others may write between
_ROUNDS = 1000
_RUNS_LEAST = 20
_DONE = '["sent", "failed", "suppressed", "dropped", "skipped"]'


class Pruning:
    """Deletes by age from the tables of editions, entries, what these were, runs, days, returns."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db
        self._keys = Keys(db)

    @property
    def before(self) -> date | None:
        """Before which date editions are gone; None while none are."""
        (row,) = self._db.query("SELECT before FROM pruned")
        return date.fromisoformat(row["before"]) if row["before"] else None

    def prune(self, before: datetime, examples: Iterable[str]) -> None:
        """Prune what is older than ``before``; entries known by the keys ``examples`` are spared.

        At most two million rows of a kind go at once.
        """
        day, moment = before.date(), str(text_of(before))
        with writing(self._db):
            self._db.execute("UPDATE pruned SET before = max(before, ?)", [day.isoformat()])
        self._repeat(_EDITIONS, [_DONE, moment, day.isoformat(), _AT_ONCE])
        kept = json.dumps(sorted({*self._keys.find(examples).values(), *self._held(day)}))
        self._repeat(_ENTRIES, [moment, moment, moment, kept, day.isoformat(), _AT_ONCE])
        self._repeat(_FORMER, [moment, kept, _AT_ONCE])
        self._repeat(_RUNS, [moment, _RUNS_LEAST])
        self._repeat("DELETE FROM source_days WHERE date < ?", [day.isoformat()])
        self._repeat("DELETE FROM subscriber_days WHERE date < ?", [day.isoformat()])
        self._repeat("DELETE FROM returned WHERE at < ?", [moment])

    def _held(self, day: date) -> list[int]:
        """Give the numbers of entries in editions of before ``day`` that stay, be it the last."""
        rows = self._db.conn.execute(
            "SELECT DISTINCT coalesce(became, one.value) FROM editions "
            "JOIN shown USING (subscriber_id, date), json_each(shown.entries) AS one "
            "LEFT JOIN absorbed ON absorbed.number = one.value WHERE editions.date < ?",
            [day.isoformat()],
        )
        return [int(number) for (number,) in rows]

    def _repeat(self, statement: str, values: list[object]) -> None:
        for _ in range(_ROUNDS):
            with writing(self._db):
                changed = int(self._db.execute(statement, values).rowcount)
            if changed < _AT_ONCE:
                break


_EDITIONS = """
DELETE FROM editions WHERE (subscriber_id, date) IN (
    SELECT subscriber_id, date FROM deliveries
    WHERE status IN (SELECT value FROM json_each(?)) AND changed_at < ? AND date < ?
    AND EXISTS (
        SELECT 1 FROM editions AS later
        WHERE later.subscriber_id = deliveries.subscriber_id AND later.date > deliveries.date
    )
    LIMIT ?
)
"""
_ENTRIES = """
UPDATE entries SET pruned = ?, summary = '', authors = '', organization = '', links = '[]',
    thumbnail = ''
WHERE number IN (
    SELECT number FROM entries
    WHERE pruned IS NULL AND first_stored < ? AND coalesce(revised, '') < ?
    AND number NOT IN (SELECT value FROM json_each(?))
    AND last_shown < ?
    LIMIT ?
)
"""
# What showed an entry as it was until then is older still, and gone unless it stays.
_FORMER = """
DELETE FROM former_entries WHERE (entry_id, until) IN (
    SELECT entry_id, until FROM former_entries
    WHERE until < ? AND entry_id NOT IN (
        SELECT id FROM entries WHERE number IN (SELECT value FROM json_each(?))
    )
    LIMIT ?
)
"""
_RUNS = """
DELETE FROM runs WHERE ended < ? AND id NOT IN (SELECT id FROM runs ORDER BY id DESC LIMIT ?)
"""
