"""What was shown to whom: a row for each edition, its entries by their numbers.

Rows are never deleted but with their subscriber, so that nothing is shown twice. A row an entry,
with an index each way, takes most of the time and nine tenths of the room of planning.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from weakref import WeakKeyDictionary

from sqlite_utils import Database

from digest.store.digests import Written
from digest.store.keys import Keys
from digest.store.rows import parameter, text_of

_OFFERED = "first_stored > :since OR revised > :since"
# Entries by a condition, and the numbers of those that were merged into them.
_ASKED = (
    "WITH asked AS (SELECT number, id FROM entries WHERE {}), before AS "
    "(SELECT absorbed.number, id FROM asked JOIN absorbed ON became = asked.number)"
)


class _Note(NamedTuple):
    """What is noted of a digest that shows something: its columns.

    These are the highest number of an entry, all numbers, and the versions unless all are the
    first.
    """

    newest: int
    entries: str
    versions: str


class Shown:
    """The shown and absorbed tables."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db
        self._keys = Keys(db)
        self._notes: WeakKeyDictionary[Written, _Note | None] = WeakKeyDictionary()

    def add(self, day: date, rows: Sequence[tuple[str, Written]]) -> None:
        """Note editions of a date: ids with the digests that show the entries."""
        digests = dict.fromkeys([one for _, one in rows])
        self._number(digests)
        notes = {one: self._notes[one] for one in digests}
        at = day.isoformat()
        self._db.conn.executemany(
            "INSERT INTO shown (subscriber_id, date, newest, entries, versions) "
            "VALUES (?, ?, ?, ?, ?)",
            [(who, at, *note) for who, one in rows if (note := notes[one])],
        )
        every = set[int]().union(*[json.loads(note.entries) for note in notes.values() if note])
        self._db.conn.execute(
            "UPDATE entries SET last_shown = ?1 WHERE last_shown < ?1 "
            "AND number IN (SELECT value FROM json_each(?2))",
            [at, json.dumps(sorted(every))],
        )

    def _number(self, digests: Iterable[Written]) -> None:
        """Make the notes of digests that are new.

        Those made before hold even if an entry was merged meanwhile: its number is kept.
        """
        fresh = [one for one in digests if one not in self._notes]
        entries = {entry for one in fresh for entry, _ in one.shown}
        numbers = self._now_or_before(entries) if entries else {}
        for one in fresh:
            self._notes[one] = _note(one.shown, numbers)

    def histories(
        self, subscriber_ids: Iterable[str], since: datetime
    ) -> dict[str, tuple[tuple[str, ...], ...]]:
        """Give all that decides on what each subscriber was shown of entries of ``since`` or later.

        Whoever has the same was shown the same; there may be more in it than that.
        """
        found: dict[str, tuple[tuple[str, ...], ...]] = {}
        for who, *row in self._rows(subscriber_ids, self._oldest(since)):
            found[who] = (*found.get(who, ()), tuple(row))
        return found

    def dates(self, subscriber_ids: Iterable[str], since: datetime) -> dict[str, dict[str, str]]:
        """Give, for each subscriber, the entries shown and the date of the last such edition.

        Only entries first stored, or revised, after ``since`` are asked about.
        """
        names = self._names(_OFFERED, since)
        found: dict[str, dict[str, str]] = {}
        for who, day, entries, _ in self._rows(subscriber_ids, min(names, default=None)):
            before = found.setdefault(who, {})
            before |= {names[number]: day for number in json.loads(entries) if number in names}
        return {who: entries for who, entries in found.items() if entries}

    def versions(self, subscriber_ids: Iterable[str], since: datetime) -> dict[str, dict[str, int]]:
        """Give, for each subscriber, the version shown of entries revised after ``since``."""
        names = self._names("revised > :since", since)
        found: dict[str, dict[str, int]] = {}
        for who, _, entries, versions in self._rows(subscriber_ids, min(names, default=None)):
            numbers = json.loads(entries)
            told = json.loads(versions) if versions else [1] * len(numbers)
            for number, version in zip(numbers, told, strict=True):
                if number in names:
                    found.setdefault(who, {})[names[number]] = version
        return found

    def absorb(self, entry_id: str, into: str) -> None:
        """Have an entry that is about to be deleted count as the one it turned out to be."""
        numbers = self._numbers([entry_id, into])
        pair = [numbers[into], numbers[entry_id]]
        self._db.execute("UPDATE absorbed SET became = ? WHERE became = ?", pair)
        self._db.execute("INSERT INTO absorbed (became, number) VALUES (?, ?)", pair)
        self._db.execute(
            "UPDATE entries SET last_shown = max(last_shown, "
            "(SELECT last_shown FROM entries WHERE id = ?)) WHERE id = ?",
            [entry_id, into],
        )

    def _numbers(self, ids: Iterable[str]) -> dict[str, int]:
        rows = self._db.conn.execute(
            "SELECT id, number FROM entries WHERE id IN (SELECT value FROM json_each(?))",
            [parameter(ids)],
        )
        return {str(entry): int(number) for entry, number in rows}

    def _now_or_before(self, ids: set[str]) -> dict[str, int]:
        """Give the numbers of entries, and of those that others became while a pass planned."""
        found = self._numbers(ids)
        missing = ids - found.keys()
        return found | self._keys.find(missing) if missing else found

    def _names(self, condition: str, since: datetime) -> dict[int, str]:
        """Give the ids of entries by their numbers, those they had before they were merged too."""
        asked = _ASKED.format(condition)
        rows = self._db.conn.execute(
            f"{asked} SELECT * FROM asked UNION ALL SELECT * FROM before",  # noqa: S608 constants
            {"since": text_of(since)},
        )
        return {int(number): str(entry) for number, entry in rows}

    def _oldest(self, since: datetime) -> int | None:
        """Give the least number of an entry that is offered, or was merged into one."""
        asked = _ASKED.format(_OFFERED)
        (number,) = self._db.conn.execute(
            f"{asked} SELECT min(number) FROM "  # noqa: S608 constants
            "(SELECT number FROM asked UNION ALL SELECT number FROM before)",
            {"since": text_of(since)},
        ).fetchone()
        return number if number is None else int(number)

    def _rows(
        self, subscriber_ids: Iterable[str], oldest: int | None
    ) -> Iterator[tuple[str, str, str, str]]:
        """Read the rows that may hold an entry of the number ``oldest`` or a later one, by date.

        Numbers grow, whatever clocks do: a row whose newest entry is older holds none.
        """
        if oldest is None:
            return iter(())
        return iter(
            self._db.conn.execute(
                "SELECT subscriber_id, date, entries, versions FROM json_each(?) AS asked "
                "JOIN shown ON subscriber_id = asked.value AND newest >= ? ORDER BY date",
                [parameter(subscriber_ids), oldest],
            )
        )


def _note(shown: Sequence[tuple[str, int]], numbers: Mapping[str, int]) -> _Note | None:
    known = [(numbers[entry], version) for entry, version in shown if entry in numbers]
    if not known:
        return None
    named, versions = [number for number, _ in known], [version for _, version in known]
    told = "" if set(versions) == {1} else json.dumps(versions)
    return _Note(newest=max(named), entries=json.dumps(named), versions=told)
