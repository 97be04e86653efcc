"""Recognises entries and digests that come again, so that what was made of them is found at once.

Entries have many fields, and comparing them for each card of each mail takes longer than the rest.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, fields
from itertools import count
from operator import attrgetter

from digest.emphasis import NOTHING
from digest.language import Language
from digest.model import Digest, Entry
from digest.portrait import Shared, shared_of
from digest.view import Look
from digest.wholes import Whole

_ENTRIES = 20_000
_DIGESTS = 100  # that readers who follow each other get
_PARTS = attrgetter(*[one.name for one in fields(Digest) if one.name != "edition"])


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
            if len(self._by_place) >= _ENTRIES:
                self._by_place.clear()
                self._numbers.clear()
            number = self._numbers.get(entry)
            if number is None:
                number = self._numbers[entry] = next(self._next)
            found = self._by_place[id(entry)] = entry, number
        return found[1]


@dataclass(slots=True, kw_only=True, eq=False)
class KnownDigest:
    """What was made of a digest for those who got it, for whoever is next.

    ``kinds`` give for each card what decides on all in it that many readers are told. ``met`` are
    the ways in which a mail was written; of those that came again there are ``wholes``, or None
    where that cannot be.
    """

    digest: Digest
    shared: Shared
    kinds: Sequence[Hashable]
    met: set[Hashable] = field(default_factory=set)
    wholes: dict[Hashable, Whole | None] = field(default_factory=dict)


class KnownDigests:
    """Remembers the digests of late: one of the same parts, the same day, is the same."""

    def __init__(self, look: Look) -> None:
        """Know none."""
        self._look = look
        self._entries = KnownEntries()
        self._known: dict[Hashable, KnownDigest] = {}

    def of(self, digest: Digest, words: Language) -> KnownDigest:
        """Give what is known of a digest, by where its parts are in memory, and hold them there."""
        key = (words, digest.edition.date, *map(id, _PARTS(digest)))
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _DIGESTS:
                del self._known[next(iter(self._known))]
            found = self._known[key] = self._make(digest, words)
        return found

    def _make(self, digest: Digest, words: Language) -> KnownDigest:
        shared = shared_of(digest, self._look, words)
        number_of, pictures = self._entries.number_of, digest.pictures
        kinds = [
            (
                number_of(said.entry),
                said.followed,
                said.why == NOTHING,
                pictures.get(said.entry.id) if pictures else None,
            )
            for said in shared.cards
        ]
        return KnownDigest(digest=digest, shared=shared, kinds=kinds)
