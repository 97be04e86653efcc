"""How values and entries are written in columns: times as sortable text, lists as lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlite_utils import Database

from digest.model import Author, Authority, Entry, Link

# SQLite takes at most 32,766 parameters (https://www.sqlite.org/limits.html, 9).
_PARAMETERS_MOST = 10_000


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


class Revision(NamedTuple):
    """What a database holds: equal to an earlier one if nobody wrote to it between."""

    version: int  # which changes as another connection commits
    changes: int  # of rows, by this connection


def revision(db: Database) -> Revision:
    """Give the revision that a database has now."""
    return Revision(version(db), db.conn.total_changes)


def version(db: Database) -> int:
    """Give a number that changes whenever another connection writes to the database.

    https://www.sqlite.org/pragma.html#pragma_data_version
    """
    return int(db.conn.execute("PRAGMA data_version").fetchone()[0])


def _under_way(db: Database) -> bool:
    return bool(db.conn.in_transaction)


def text_of(moment: datetime | None) -> str | None:
    """Write a time in UTC so that texts sort as times do."""
    if moment is None:
        return None
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return moment.isoformat(timespec="microseconds")


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


def insert(db: Database, into: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert many rows with few statements; ``into`` is "INSERT INTO table (columns)".

    Ten thousand entries a pull: sqlite-utils, which looks at each value, takes three times as
    long, and a statement a row gives the interpreter's lock away at each, to threads that parse.
    """
    if not rows:
        return
    width = len(rows[0])
    at_once = max(_PARAMETERS_MOST // width, 1)
    one = f"({', '.join('?' * width)})"
    for start in range(0, len(rows), at_once):
        some = rows[start : start + at_once]
        values = ", ".join([one] * len(some))
        db.conn.execute(f"{into} VALUES {values}", [value for row in some for value in row])


def row_of(entry: Entry) -> dict[str, Any]:
    """Write an entry as a row of the entries table."""
    return {
        "id": entry.id,
        "title": entry.title,
        "summary": entry.summary,
        "tldr": entry.tldr,
        "authors": lines_of([author.name for author in entry.authors]),
        "categories": lines_of(entry.categories),
        "url": entry.url,
        "published": text_of(entry.published),
        "updated": text_of(entry.updated),
        "version": entry.version,
        "announce": entry.announce,
        "organization": entry.organization,
        "upvotes": entry.upvotes,
        "comments": entry.comments,
        "links": json.dumps([[link.rel, link.url] for link in entry.links])
        if entry.links
        else "[]",
        "thumbnail": entry.thumbnail,
        "seen_in": lines_of(entry.seen_in),
        "source_ids": lines_of(entry.source_ids),
        "keys": lines_of(entry.keys),
        "authority": int(entry.authority),
    }


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Read an entry from its row."""
    return Entry(
        id=row["id"],
        title=row["title"],
        summary=row["summary"],
        tldr=row["tldr"],
        authors=tuple(Author(name=name) for name in tuple_of(row["authors"])),
        categories=tuple_of(row["categories"]),
        url=row["url"],
        published=moment_of(row["published"]),
        updated=moment_of(row["updated"]),
        version=row["version"],
        announce=row["announce"],
        organization=row["organization"],
        upvotes=row["upvotes"],
        comments=row["comments"],
        links=tuple(Link(rel=rel, url=url) for rel, url in json.loads(row["links"])),
        thumbnail=row["thumbnail"],
        seen_in=tuple_of(row["seen_in"]),
        source_ids=tuple_of(row["source_ids"]),
        keys=tuple_of(row["keys"]),
        authority=Authority(row["authority"]),
    )
