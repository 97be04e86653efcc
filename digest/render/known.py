"""Numbers entries, equal ones alike, so that what is kept of an entry is found at once.

Entries have many fields, and comparing them for each card of each mail takes longer than the rest.
"""

from __future__ import annotations

from itertools import count

from digest.model import Entry

_KEPT = 20_000


class KnownEntries:
    """Remembers entries by where they are in memory, and holds them there."""

    def __init__(self) -> None:
        """Know none."""
        self._by_place: dict[int, tuple[Entry, int]] = {}
        self._numbers: dict[Entry, int] = {}
        self._next = count()

    def number_of(self, entry: Entry) -> int:
        """Give the number of an entry and of those that equal it; no other ever has it."""
        found = self._by_place.get(id(entry))
        if found is None:
            if len(self._by_place) >= _KEPT:
                self._by_place.clear()
                self._numbers.clear()
            number = self._numbers.get(entry)
            if number is None:
                number = self._numbers[entry] = next(self._next)
            found = self._by_place[id(entry)] = entry, number
        return found[1]
