"""All that is stored of one subscriber, table by table, for who asks what is known of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from digest.address import canonical
from digest.store.letters import ABOUT

_OWNER = "subscriber_id"
_THEIRS = "number IN (SELECT digest FROM editions WHERE subscriber_id = ?)"


class Everything:
    """Reads every table that has rows of a subscriber, those of later versions too."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def of(self, subscriber_id: str, email: str) -> dict[str, list[dict[str, Any]]]:
        """Give the rows that are about a subscriber, by the names of their tables."""
        found = {
            "subscribers": self._rows("subscribers", "id = ?", subscriber_id),
            "suppressions": self._rows("suppressions", "email = ?", canonical(email)),
            "letters": self._rows("letters", ABOUT, canonical(email), subscriber_id),
        }
        for table in sorted(self._db.table_names()):
            if any(column.name == _OWNER for column in self._db.table(table).columns):
                found[table] = self._rows(table, f"{_OWNER} = ?", subscriber_id)
        found["digests"] = self._rows("digests", _THEIRS, subscriber_id)
        return {table: rows for table, rows in found.items() if rows}

    def _rows(self, table: str, where: str, *values: str) -> list[dict[str, Any]]:
        rows = self._db.query(f"SELECT * FROM [{table}] WHERE {where}", values)  # noqa: S608 names out of the schema
        return [_opened(row) for row in rows]


def _opened(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row with what it keeps as JSON read."""
    return {name: _read(value) for name, value in row.items() if not isinstance(value, bytes)}


def _read(value: object) -> object:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
