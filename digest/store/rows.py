"""How values are written in columns: times as sortable text, lists as lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlite_utils import Database


@contextmanager
def writing(db: Database) -> Iterator[None]:
    """Commit all that is written within, or nothing.

    The right to write is taken at the start (BEGIN IMMEDIATE), where SQLite waits its turn; a
    transaction that reads first and writes later fails at once when another writes between.
    """
    if _under_way(db):
        with db.atomic():
            yield
        return
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.conn.execute("COMMIT")
    except BaseException:
        if _under_way(db):
            db.conn.execute("ROLLBACK")
        raise


def _under_way(db: Database) -> bool:
    return bool(db.conn.in_transaction)


def text_of(moment: datetime | None) -> str | None:
    """Write a time in UTC so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment else None


def moment_of(text: str | None) -> datetime | None:
    """Read a time."""
    return datetime.fromisoformat(text) if text else None


def lines_of(values: Iterable[str]) -> str:
    """Write a list of one-line texts."""
    return "\n".join(values)


def tuple_of(lines: str) -> tuple[str, ...]:
    """Read a list of one-line texts."""
    return tuple(lines.split("\n")) if lines else ()


def parameter(values: Iterable[str]) -> str:
    """Give a list as one SQL parameter, for ``IN (SELECT value FROM json_each(?))``."""
    return json.dumps(list(values))
