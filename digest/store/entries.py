"""Entries as stored: seen by any of their keys, merged with what other sources say of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from digest import identity
from digest.errors import QueryError
from digest.model import Author, Authority, Entry, Link
from digest.query import And, Not, Or, Phrase, Query
from digest.store.rows import lines_of, moment_of, parameter, text_of, tuple_of, writing

_COLUMNS = {
    "": "",
    "ti": "{title} : ",
    "abs": "{summary} : ",
    "au": "{authors} : ",
    "cat": "{categories} : ",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What storing a listing changed: ids of entries that were new, updated or unchanged."""

    new: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


class Entries:
    """The entries table, its keys and its full-text index."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def keep(self, entries: Sequence[Entry], now: datetime) -> Kept:
        """Store the entries of a listing, each under the id of the one it turns out to be."""
        new: list[str] = []
        updated: list[str] = []
        unchanged: list[str] = []
        fresh: dict[str, Entry] = {}
        with writing(self._db):
            known = self._known(entries)
            for entry in identity.unite(entries):
                same = self._same(entry, known)
                if not same:
                    named = self._unlike(entry, fresh)
                    fresh[named.id] = named
                    for key in entry.keys:
                        known.setdefault(key, named)
                    new.append(named.id)
                    continue
                if same[0].id in fresh:
                    self._write(fresh, now)
                merged = same[0]
                for other in same[1:]:
                    merged = identity.merge(merged, other)
                    self._absorb(other.id, merged.id)
                merged = identity.merge(merged, entry)
                known |= dict.fromkeys(merged.keys, merged)
                if merged == same[0]:
                    unchanged.append(merged.id)
                else:
                    self._rewrite(merged, now if merged.version > same[0].version else None)
                    updated.append(merged.id)
            self._write(fresh, now)
        return Kept(new=tuple(new), updated=tuple(updated), unchanged=tuple(unchanged))

    def _known(self, entries: Sequence[Entry]) -> dict[str, Entry]:
        """Look up every key of every entry at once."""
        keys = {key for entry in entries for key in entry.keys}
        rows = self._db.query(
            "SELECT key, entry_id FROM entry_keys WHERE key IN (SELECT value FROM json_each(?))",
            [parameter(keys)],
        )
        ids = {str(row["key"]): str(row["entry_id"]) for row in rows}
        stored = self.get(set(ids.values()))
        return {key: stored[entry_id] for key, entry_id in ids.items()}

    @staticmethod
    def _same(entry: Entry, known: Mapping[str, Entry]) -> list[Entry]:
        """Give the stored entries that ``entry`` is, the one of its strongest key first.

        Further ones are joined to it only by what names a paper everywhere, and never two papers.
        """
        found = list({known[key].id: known[key] for key in entry.keys if key in known}.values())
        same: list[Entry] = []
        for other in found:
            shared = identity.shared_key(entry.keys, other.keys)
            if not shared or any(identity.conflicting(other.keys, one.keys) for one in same):
                continue
            if not same or identity.binding(shared):
                same.append(other)
        return same

    def _unlike(self, entry: Entry, fresh: Mapping[str, Entry]) -> Entry:
        """Give an entry whose id another has already its next key for an id, or a number."""
        named = entry
        number = 1
        while named.id in fresh or self._exists(named.id):
            number += 1
            names = [*entry.keys, *(f"{entry.id}#{n}" for n in range(2, number + 1))]
            named = replace(entry, id=names[min(number, len(names)) - 1])
        return named

    def _write(self, fresh: dict[str, Entry], first_stored: datetime) -> None:
        """Insert what is new, all at once, and empty ``fresh``."""
        at = text_of(first_stored)
        self._db.table("entries").insert_all(
            _row(entry) | {"first_stored": at} for entry in fresh.values()
        )
        self._write_keys(*fresh.values())
        fresh.clear()

    def _exists(self, entry_id: str) -> bool:
        rows = self._db.execute("SELECT 1 FROM entries WHERE id = ?", [entry_id])
        return rows.fetchone() is not None

    def _rewrite(self, entry: Entry, revised: datetime | None) -> None:
        row = _row(entry)
        entry_id = row.pop("id")
        if revised is not None:
            row["revised"] = text_of(revised)
        self._db.table("entries").update(entry_id, row)
        self._write_keys(entry)

    def _write_keys(self, *entries: Entry) -> None:
        self._db.conn.executemany(
            "INSERT OR IGNORE INTO entry_keys (key, entry_id) VALUES (?, ?)",
            [(key, entry.id) for entry in entries for key in entry.keys],
        )

    def _absorb(self, other: str, into: str) -> None:
        """Make two stored entries one, so that neither is shown after the other was."""
        self._db.execute("UPDATE entry_keys SET entry_id = ? WHERE entry_id = ?", [into, other])
        self._db.execute(
            "UPDATE OR IGNORE shown SET entry_id = ? WHERE entry_id = ?", [into, other]
        )
        self._db.execute("DELETE FROM entries WHERE id = ?", [other])

    def get(self, ids: Iterable[str]) -> dict[str, Entry]:
        """Read entries by id; unknown ids are not in the result."""
        rows = self._db.query(
            "SELECT * FROM entries WHERE id IN (SELECT value FROM json_each(?))", [parameter(ids)]
        )
        return {str(row["id"]): _entry(row) for row in rows}

    def named(self, ids: Iterable[str]) -> dict[str, Entry]:
        """Read entries by the ids they have or had: one that was merged goes by its old id too."""
        wanted = set(ids)
        found = self.get(wanted)
        missing = wanted - set(found)
        return found | (self.by_keys(missing) if missing else {})

    def since(self, moment: datetime) -> tuple[Entry, ...]:
        """Read the entries first stored after ``moment``, in the order they came."""
        rows = self._db.query(
            "SELECT * FROM entries WHERE first_stored > ? ORDER BY first_stored, rowid",
            [text_of(moment)],
        )
        return tuple(_entry(row) for row in rows)

    def revised(self, moment: datetime) -> tuple[Entry, ...]:
        """Read the entries stored before ``moment`` of which a new version came after it."""
        rows = self._db.query(
            "SELECT * FROM entries WHERE revised > ? AND first_stored <= ? ORDER BY revised, rowid",
            [text_of(moment)] * 2,
        )
        return tuple(_entry(row) for row in rows)

    def versions(
        self, subscriber_ids: Iterable[str], moment: datetime
    ) -> dict[str, dict[str, int]]:
        """Give, for each subscriber, the version shown of entries revised after ``moment``."""
        found: dict[str, dict[str, int]] = {}
        rows = self._db.query(
            "SELECT subscriber_id, entry_id, version FROM shown "
            "WHERE subscriber_id IN (SELECT value FROM json_each(?)) "
            "AND entry_id IN (SELECT id FROM entries WHERE revised > ?)",
            [parameter(subscriber_ids), text_of(moment)],
        )
        for row in rows:
            found.setdefault(row["subscriber_id"], {})[row["entry_id"]] = row["version"]
        return found

    def by_keys(self, keys: Iterable[str]) -> dict[str, Entry]:
        """Look entries up by any of their keys."""
        rows = list(
            self._db.query(
                "SELECT key, entry_id FROM entry_keys "
                "WHERE key IN (SELECT value FROM json_each(?))",
                [parameter(keys)],
            )
        )
        stored = self.get({str(row["entry_id"]) for row in rows})
        return {str(row["key"]): stored[str(row["entry_id"])] for row in rows}

    def shown(self, subscriber_ids: Iterable[str], since: datetime) -> dict[str, dict[str, str]]:
        """Give, for each subscriber, the entries shown and the date of the edition.

        Only entries first stored after ``since`` are asked about.
        """
        found: dict[str, dict[str, str]] = {}
        rows = self._db.query(
            "SELECT subscriber_id, entry_id, date FROM shown "
            "WHERE subscriber_id IN (SELECT value FROM json_each(?)) "
            "AND entry_id IN (SELECT id FROM entries WHERE first_stored > ? OR revised > ?)",
            [parameter(subscriber_ids), text_of(since), text_of(since)],
        )
        for row in rows:
            found.setdefault(row["subscriber_id"], {})[row["entry_id"]] = row["date"]
        return found

    def search(self, query: Query, limit: int) -> list[tuple[Entry, float]]:
        """Find entries by full text, best first (bm25; a word in the title counts three times).

        Raises:
            QueryError: the query only says what must not be there.
        """
        expression = _fts(query)
        try:
            rows = list(
                self._db.query(
                    "SELECT entries.*, bm25(entries_fts, 3.0, 1.0, 1.0, 1.0) AS distance "
                    "FROM entries_fts JOIN entries ON entries.rowid = entries_fts.rowid "
                    "WHERE entries_fts MATCH ? ORDER BY distance LIMIT ?",
                    [expression, limit],
                )
            )
        except sqlite3.OperationalError as error:
            raise QueryError(f"cannot be searched for ({error}); write fewer words") from error
        return [(_entry(row), -float(row["distance"])) for row in rows]

    def count(self) -> int:
        """Count all entries."""
        return int(next(iter(self._db.query("SELECT count(*) AS n FROM entries")))["n"])


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


def _row(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.title,
        "summary": entry.summary,
        "authors": lines_of(author.name for author in entry.authors),
        "categories": lines_of(entry.categories),
        "url": entry.url,
        "published": text_of(entry.published),
        "updated": text_of(entry.updated),
        "version": entry.version,
        "announce": entry.announce,
        "organization": entry.organization,
        "upvotes": entry.upvotes,
        "comments": entry.comments,
        "links": json.dumps([[link.rel, link.url] for link in entry.links]),
        "thumbnail": entry.thumbnail,
        "seen_in": lines_of(entry.seen_in),
        "source_ids": lines_of(entry.source_ids),
        "keys": lines_of(entry.keys),
        "authority": int(entry.authority),
    }


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(
        id=row["id"],
        title=row["title"],
        summary=row["summary"],
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
