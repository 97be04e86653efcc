"""The mails that came in and counted, so that each counts once."""

from __future__ import annotations

from datetime import datetime

from sqlite_utils import Database

from digest.store.rows import text_of


class ReturnedMails:
    """The returned table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def add(self, fingerprint: str, subscriber_id: str, kind: str, at: datetime) -> bool:
        """Write a mail down; False if it was there already."""
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO returned (fingerprint, subscriber_id, kind, at) "
            "VALUES (?, ?, ?, ?)",
            [fingerprint, subscriber_id, kind, text_of(at)],
        )
        return bool(cursor.rowcount)

    def count(self, subscriber_id: str, kind: str, since: datetime) -> int:
        """Count a subscriber's mails of a kind since a moment."""
        rows = self._db.query(
            "SELECT count(*) AS n FROM returned WHERE subscriber_id = ? AND kind = ? AND at >= ?",
            [subscriber_id, kind, text_of(since)],
        )
        return int(next(iter(rows))["n"])

    def counts(self, since: datetime) -> dict[str, int]:
        """Count mails by kind since a moment."""
        rows = self._db.query(
            "SELECT kind, count(*) AS n FROM returned WHERE at >= ? GROUP BY kind ORDER BY kind",
            [text_of(since)],
        )
        return {str(row["kind"]): int(row["n"]) for row in rows}

    def excuse(self, subscriber_id: str, kind: str) -> None:
        """Let a subscriber's mails of a kind count no longer; they stay known."""
        self._db.execute(
            "UPDATE returned SET at = '' WHERE subscriber_id = ? AND kind = ?",
            [subscriber_id, kind],
        )
