"""When whatever has a rate may send its next mail, so that a restart keeps to the rates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlite_utils import Database

from digest.store.rows import text_of


class Turns:
    """The turns table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def known(self, now: datetime) -> dict[str, datetime]:
        """Read the turns to come; those that have come are deleted."""
        self._db.execute("DELETE FROM turns WHERE at <= ?", [text_of(now)])
        rows = self._db.query("SELECT name, at FROM turns")
        return {str(row["name"]): datetime.fromisoformat(row["at"]) for row in rows}

    def put(self, turns: Mapping[str, datetime]) -> None:
        """Write turns."""
        self._db.conn.executemany(
            "INSERT INTO turns (name, at) VALUES (?, ?) "
            "ON CONFLICT (name) DO UPDATE SET at = excluded.at",
            [(name, text_of(at)) for name, at in turns.items()],
        )
