"""Numbers entries, equal ones alike, so that what is kept of an entry is found at once.

Entries have many fields, and comparing them for each card of each mail takes longer than the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import cast

from digest.model import Entry

_KEPT = 20_000


class KnownEntries:
    """Remembers entries by where they are in memory, and holds them there."""

    def __init__(self) -> None:
        """Know none."""
        self._by_place: dict[int, int] = {}
        self._numbers: dict[Entry, int] = {}
        self._held: list[Entry] = []
        self._next = count()

    def numbers_of(self, entries: Sequence[Entry]) -> list[int]:
        """Give the numbers of entries, of equal ones the same; no other ever has it."""
        found = list(map(self._by_place.get, map(id, entries)))
        if None in found:
            return list(map(self.number_of, entries))
        return cast("list[int]", found)

    def number_of(self, entry: Entry) -> int:
        """Give the number of one."""
        found = self._by_place.get(id(entry))
        if found is not None:
            return found
        if len(self._held) >= _KEPT:
            self._by_place.clear()
            self._numbers.clear()
            self._held.clear()
        number = self._numbers.get(entry)
        if number is None:
            number = self._numbers[entry] = next(self._next)
        self._by_place[id(entry)] = number
        self._held.append(entry)
        return number
