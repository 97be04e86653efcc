"""The thumbnails that mails carry, each kept once under the name of its address.

What is kept is never replaced: a mail that is sent again is the same to the byte.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlite_utils import Database

from digest.model import Thumbnail
from digest.store.rows import parameter, text_of, writing


class Pictures:
    """The pictures table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def named(self, names: Iterable[str]) -> dict[str, Thumbnail]:
        """Give those that are kept, by name."""
        rows = self._db.query(
            "SELECT name, jpeg, width, height FROM pictures "
            "WHERE name IN (SELECT value FROM json_each(?)) AND refused = ''",
            [parameter(names)],
        )
        return {row["name"]: Thumbnail(**row) for row in rows}

    def settled(self, names: Iterable[str], since: datetime) -> set[str]:
        """Give the names that need not be asked for: kept, or refused after ``since``."""
        rows = self._db.query(
            "SELECT name FROM pictures WHERE name IN (SELECT value FROM json_each(?)) "
            "AND (refused = '' OR asked > ?)",
            [parameter(names), text_of(since)],
        )
        return {str(row["name"]) for row in rows}

    def asked(self, since: datetime) -> int:
        """Count how many were asked for after ``since``."""
        return int(
            self._db.execute(
                "SELECT count(*) FROM pictures WHERE asked > ?", [text_of(since)]
            ).fetchone()[0]
        )

    def keep(self, found: Mapping[str, Thumbnail | str], now: datetime) -> None:
        """Keep pictures by name, or why there is none; what is kept already stays."""
        rows = [
            (name, b"", 0, 0, text_of(now), one)
            if isinstance(one, str)
            else (name, one.jpeg, one.width, one.height, text_of(now), "")
            for name, one in found.items()
        ]
        with writing(self._db):
            self._db.conn.executemany(
                "INSERT INTO pictures (name, jpeg, width, height, asked, refused) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                "jpeg = excluded.jpeg, width = excluded.width, height = excluded.height, "
                "asked = excluded.asked, refused = excluded.refused "
                "WHERE pictures.refused <> ''",
                rows,
            )

    def forget(self, before: datetime) -> None:
        """Let go of what was asked for before a time."""
        self._db.execute("DELETE FROM pictures WHERE asked < ?", [text_of(before)])
