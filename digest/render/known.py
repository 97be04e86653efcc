"""One object for all entries that are equal, so that what is kept of one is found at once.

Entries have many fields, and comparing them for each card of each mail takes longer than the rest.
"""

from __future__ import annotations

from digest.model import Entry

_KEPT = 20_000


class KnownEntries:
    """Remembers entries by where they are in memory, and holds them there."""

    def __init__(self) -> None:
        """Know none."""
        self._by_place: dict[int, tuple[Entry, Entry]] = {}
        self._equal: dict[Entry, Entry] = {}

    def same(self, entry: Entry) -> Entry:
        """Give the first entry that was equal to this one."""
        found = self._by_place.get(id(entry))
        if found is None:
            if len(self._by_place) >= _KEPT:
                self._by_place.clear()
                self._equal.clear()
            found = entry, self._equal.setdefault(entry, entry)
            self._by_place[id(entry)] = found
        return found[1]
