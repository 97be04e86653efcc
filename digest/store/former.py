"""What entries said before they changed, as far as a digest had shown them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from digest.model import Entry
from digest.store.rows import entry_of, parameter, row_of, text_of


class FormerEntries:
    """The former_entries table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def keep(self, entry: Entry, now: datetime) -> None:
        """Keep an entry as it was until now; nothing is kept of one that no digest has shown.

        Of what several sources change in one pull, that before the first of them is kept.
        """
        self._db.execute(
            "INSERT OR IGNORE INTO former_entries (entry_id, until, content) SELECT ?, ?, ? "
            "WHERE EXISTS (SELECT 1 FROM entries WHERE id = ? AND last_shown != '')",
            [entry.id, text_of(now), json.dumps(row_of(entry)), entry.id],
        )

    def as_of(self, ids: Iterable[str], moment: datetime) -> dict[str, Entry]:
        """Give those of the entries that have changed since ``moment``, as they were then."""
        # Of a bare column beside min() SQLite takes the row that has the minimum
        # (https://www.sqlite.org/lang_select.html, 2.5).
        rows = self._db.query(
            "SELECT entry_id, min(until), content FROM former_entries "
            "WHERE entry_id IN (SELECT value FROM json_each(?)) AND until > ? GROUP BY entry_id",
            [parameter(ids), text_of(moment)],
        )
        return {str(row["entry_id"]): entry_of(json.loads(row["content"])) for row in rows}
