"""The full-text index over the entries, brought up to date when somebody searches.

Indexing takes longer than storing, and most entries are never searched for: a pull leaves it to
the first search after it. What was indexed and then changes is kept in step by triggers.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlite_utils import Database

from digest.errors import QueryError
from digest.model import Entry
from digest.query import And, Not, Or, Phrase, Query
from digest.store.rows import entry_of, writing

_COLUMNS = {
    "": "",
    "ti": "{title} : ",
    "abs": "{summary} : ",
    "au": "{authors} : ",
    "cat": "{categories} : ",
}
_STEPS = 10_000  # of SQLite's machine, between two looks at the clock


class SearchIndex:
    """The entries_fts table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def search(
        self, query: Query, limit: int, offset: int = 0, seconds: float = math.inf
    ) -> list[tuple[Entry, float]]:
        """Find entries by full text, best first (bm25; a word in the title counts three times).

        Raises:
            QueryError: the query only says what must not be there, or takes more than ``seconds``.
        """
        expression = _fts(query)
        self._catch_up()
        try:
            with self._within(seconds):
                rows = list(
                    self._db.query(
                        "SELECT entries.*, bm25(entries_fts, 3.0, 1.0, 1.0, 1.0) AS distance "
                        "FROM entries_fts JOIN entries ON entries.number = entries_fts.rowid "
                        "WHERE entries_fts MATCH ? ORDER BY distance, number LIMIT ? OFFSET ?",
                        [expression, limit, offset],
                    )
                )
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT:
                raise QueryError("takes too long to search for; write rarer words") from error
            raise QueryError(f"cannot be searched for ({error}); write fewer words") from error
        return [(entry_of(row), -float(row["distance"])) for row in rows]

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Interrupt what takes longer."""
        end = time.monotonic() + seconds
        self._db.conn.set_progress_handler(lambda: time.monotonic() > end, _STEPS)
        try:
            yield
        finally:
            self._db.conn.set_progress_handler(None, 0)

    def _catch_up(self) -> None:
        """Index the entries that came since the last search."""
        (row,) = self._db.query(
            "SELECT upto < (SELECT coalesce(max(number), 0) FROM entries) AS behind FROM indexed"
        )
        if not row["behind"]:
            return  # who only searches takes nobody's turn to write
        with writing(self._db):
            self._db.execute(
                "INSERT INTO entries_fts (rowid, title, summary, authors, categories) "
                "SELECT number, title, summary, authors, categories FROM entries "
                "WHERE number > (SELECT upto FROM indexed)"
            )
            self._db.execute(
                "UPDATE indexed SET upto = (SELECT coalesce(max(number), 0) FROM entries)"
            )


def _fts(query: Query) -> str:
    """Write a query in FTS5's language (https://www.sqlite.org/fts5.html section 3).

    A row of bare words asks for all of them here, anywhere: a search is not a keyword.
    """
    match query:
        case Phrase(words, prefix, field, text):
            column = _COLUMNS[field]
            quoted = [f'"{word}"' for word in (words if field != "cat" else [text.rstrip("*")])]
            star = " *" if prefix else ""
            if not query.quoted and "-" not in text and len(quoted) > 1:
                quoted = [f"{column}{word}" for word in quoted]
                return "(" + " AND ".join(quoted) + star + ")"
            return f"({column}{' + '.join(quoted)}{star})"
        case And(parts):
            wanted = [part for part in parts if not isinstance(part, Not)]
            barred = [part.part for part in parts if isinstance(part, Not)]
            if not wanted:
                raise QueryError("only says what must not be there; add a word to look for")
            expression = " AND ".join(_fts(part) for part in wanted)
            return f"({expression})" + "".join(f" NOT {_fts(part)}" for part in barred)
        case Or(parts):
            return "(" + " OR ".join(_fts(part) for part in parts) + ")"
        case Not():
            raise QueryError("only says what must not be there; add a word to look for")
