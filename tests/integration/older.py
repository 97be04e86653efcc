"""A database as an earlier version of the program left it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database, Migrations

from digest.store.migrations import MIGRATIONS


@contextmanager
def before(migration: str, path: Path) -> Iterator[Database]:
    """Make a database that this migration and those after it are still to be applied to."""
    earlier = Migrations("digest")
    for step in MIGRATIONS._migrations:  # noqa: SLF001 the library lists its steps nowhere else
        if step.name == migration:
            break
        earlier()(step.fn)
    db = Database(path)
    earlier.apply(db)
    yield db
    db.conn.commit()
    db.close()
