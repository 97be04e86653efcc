"""Entries as stored: seen by any of their keys, merged with what other sources say of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from digest import merging
from digest.model import Entry
from digest.store.former import FormerEntries
from digest.store.keys import Keys
from digest.store.rows import entry_of, insert, parameter, row_of, text_of, writing
from digest.store.shown import Shown


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
        self._keys = Keys(db)
        self._former = FormerEntries(db)
        self._shown = Shown(db)

    def keep(self, entries: Sequence[Entry], now: datetime) -> Kept:
        """Store the entries of a listing, each under the id of the one it turns out to be.

        A stored entry is at most one of a listing: the one that names it best.
        """
        updated: list[str] = []
        unchanged: list[str] = []
        fresh: dict[str, Entry] = {}
        with writing(self._db):
            listed = merging.unite(entries)
            known = self.by_keys(key for entry in listed for key in entry.keys)
            taken = self._taken(entry.id for entry in listed)
            for entry, same in merging.identified(listed, known):
                if not same:
                    named = self._unlike(entry, taken)
                    taken.add(named.id)
                    fresh[named.id] = named
                    continue
                merged = same[0]
                for other in same[1:]:
                    merged = merging.merge(merged, other)
                    self._absorb(other, merged.id, now)
                merged = merging.merge(merged, entry)
                known |= dict.fromkeys(merged.keys, merged)
                if merged == same[0]:
                    unchanged.append(merged.id)
                else:
                    if _said(merged) != _said(same[0]):
                        self._former.keep(same[0], now)
                    self._rewrite(merged, now if merged.version > same[0].version else None)
                    updated.append(merged.id)
            new = tuple(fresh)
            self._write(fresh, now)
        return Kept(new=new, updated=tuple(updated), unchanged=tuple(unchanged))

    def _unlike(self, entry: Entry, taken: AbstractSet[str]) -> Entry:
        """Give an entry whose id another has already its next key for an id, or a number."""
        named = entry
        number = 1
        while named.id in taken or (number > 1 and self._taken([named.id])):
            number += 1
            names = [*entry.keys, *(f"{entry.id}#{n}" for n in range(2, number + 1))]
            named = replace(entry, id=names[min(number, len(names)) - 1])
        return named

    def _taken(self, ids: Iterable[str]) -> set[str]:
        """Give those of the ids that an entry has."""
        rows = self._db.query(
            "SELECT id FROM entries WHERE id IN (SELECT value FROM json_each(?))", [parameter(ids)]
        )
        return {str(row["id"]) for row in rows}

    def _write(self, fresh: dict[str, Entry], first_stored: datetime) -> None:
        """Insert what is new, all at once, and empty ``fresh``."""
        at = text_of(first_stored)
        rows = [row_of(entry) for entry in fresh.values()]
        if rows:
            into = f"INSERT INTO entries ({', '.join(rows[0])}, first_stored)"
            insert(self._db, into, [(*row.values(), at) for row in rows])
        self._keys.add(fresh.values())
        fresh.clear()

    def _rewrite(self, entry: Entry, revised: datetime | None) -> None:
        """Write over a stored entry; ``revised`` is when a new version came, if one did."""
        row = row_of(entry) | ({"revised": text_of(revised)} if revised else {})
        changes = ", ".join(f"{name} = :{name}" for name in row)
        self._db.execute(f"UPDATE entries SET {changes} WHERE id = :id", row)  # noqa: S608 our own columns
        self._keys.add([entry])

    def _absorb(self, other: Entry, into: str, now: datetime) -> None:
        """Make two stored entries one, so that neither is shown after the other was."""
        self._former.keep(other, now)
        self._keys.move(other.keys, into)
        self._shown.absorb(other.id, into)
        self._db.execute("DELETE FROM entries WHERE id = ?", [other.id])

    def get(self, ids: Iterable[str]) -> dict[str, Entry]:
        """Read entries by id; unknown ids are not in the result."""
        rows = self._db.query(
            "SELECT * FROM entries WHERE id IN (SELECT value FROM json_each(?))", [parameter(ids)]
        )
        return {str(row["id"]): entry_of(row) for row in rows}

    def named(self, ids: Iterable[str]) -> dict[str, Entry]:
        """Read entries by the ids they have or had: one that was merged goes by its old id too."""
        wanted = set(ids)
        found = self.get(wanted)
        missing = wanted - set(found)
        return found | (self.by_keys(missing) if missing else {})

    def as_of(self, ids: Iterable[str], moment: datetime) -> dict[str, Entry]:
        """Read entries as ``named`` does; what a digest showed is as it was at ``moment``."""
        wanted = set(ids)
        return self.named(wanted) | self._former.as_of(wanted, moment)

    def pruned(self, ids: Iterable[str]) -> set[str]:
        """Give those of the entries that have lost their texts."""
        rows = self._db.query(
            "SELECT id FROM entries WHERE pruned IS NOT NULL AND summary = '' "
            "AND id IN (SELECT value FROM json_each(?))",
            [parameter(ids)],
        )
        return {str(row["id"]) for row in rows}

    def between(
        self, since: datetime, until: datetime, limit: int, offset: int = 0
    ) -> tuple[Entry, ...]:
        """Read a page of the entries first stored after ``since`` and up to ``until``."""
        rows = self._db.query(
            "SELECT * FROM entries WHERE first_stored > ? AND first_stored <= ? "
            "ORDER BY first_stored DESC, number LIMIT ? OFFSET ?",
            [text_of(since), text_of(until), limit, offset],
        )
        return tuple(entry_of(row) for row in rows)

    def since(self, moment: datetime) -> tuple[Entry, ...]:
        """Read the entries first stored after ``moment``, in the order they came."""
        rows = self._db.query(
            "SELECT * FROM entries WHERE first_stored > ? ORDER BY first_stored, number",
            [text_of(moment)],
        )
        return tuple(entry_of(row) for row in rows)

    def dated(self, moment: datetime) -> tuple[tuple[datetime, Entry], ...]:
        """Read the entries first stored from ``moment`` on, each with when that was."""
        rows = self._db.query(
            "SELECT * FROM entries WHERE first_stored >= ? ORDER BY first_stored, number",
            [text_of(moment)],
        )
        return tuple((datetime.fromisoformat(row["first_stored"]), entry_of(row)) for row in rows)

    def moments(self) -> tuple[datetime, ...]:
        """Give the moments at which something new was stored, in order."""
        rows = self._db.query("SELECT DISTINCT first_stored FROM entries ORDER BY first_stored")
        return tuple(datetime.fromisoformat(row["first_stored"]) for row in rows)

    def revised(self, moment: datetime) -> tuple[Entry, ...]:
        """Read the entries stored before ``moment`` of which a new version came after it."""
        rows = self._db.query(
            "SELECT * FROM entries WHERE revised > ? AND first_stored <= ? "
            "ORDER BY revised, number",
            [text_of(moment)] * 2,
        )
        return tuple(entry_of(row) for row in rows)

    def by_keys(self, keys: Iterable[str]) -> dict[str, Entry]:
        """Look entries up by any of their keys."""
        numbers = self._keys.find(keys)
        rows = self._db.query(
            "SELECT * FROM entries WHERE number IN (SELECT value FROM json_each(?))",
            [json.dumps(sorted(set(numbers.values())))],
        )
        stored = {int(row["number"]): entry_of(row) for row in rows}
        return {key: stored[number] for key, number in numbers.items()}

    def count(self) -> int:
        """Count all entries."""
        return int(next(iter(self._db.query("SELECT count(*) AS n FROM entries")))["n"])


def _said(entry: Entry) -> Entry:
    """Give what a mail shows of an entry, whose counts a digest keeps for itself."""
    return replace(
        entry, upvotes=None, comments=None, seen_in=(), source_ids=(), keys=(), updated=None
    )
