"""When whatever has a rate may send its next mail: a restart keeps to it, and so do two senders."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlite_utils import Database

from digest.store.rows import text_of, version


class Turns:
    """The turns table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db
        self._version: int | None = None  # of the database, when news was read

    def news(self, now: datetime) -> dict[str, datetime]:
        """Read the turns to come, if another connection has written since this was last asked."""
        now_is = version(self._db)
        if now_is == self._version:
            return {}
        self._version = now_is
        return self._to_come(now)

    def known(self, now: datetime) -> dict[str, datetime]:
        """Read the turns to come; those that have come are deleted."""
        self._db.execute("DELETE FROM turns WHERE at <= ?", [text_of(now)])
        return self._to_come(now)

    def put(self, turns: Mapping[str, datetime]) -> None:
        """Write turns."""
        self._db.conn.executemany(
            "INSERT INTO turns (name, at) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            [(name, text_of(at)) for name, at in turns.items()],
        )

    def _to_come(self, now: datetime) -> dict[str, datetime]:
        rows = self._db.query("SELECT name, at FROM turns WHERE at > ?", [text_of(now)])
        return {str(row["name"]): datetime.fromisoformat(row["at"]) for row in rows}
