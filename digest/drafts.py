"""Reads what is needed to render deliveries, a page at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

from digest.address import canonical
from digest.model import Delivery, Digest, Edition, Entry, Status, Subscriber, Thumbnail
from digest.store import Store
from digest.store.digests import StoredDigest

_KEPT = 5000  # entries


@dataclass(slots=True, kw_only=True, eq=False)
class _Shown:
    """A digest with what it shows, as it was first read; put together for the first reader."""

    stored: StoredDigest
    entries: Mapping[str, Entry]
    pictures: Mapping[str, Thumbnail]
    shared: bool
    _digest: Digest | None = field(default=None, init=False)

    def digest(self, edition: Edition) -> Digest:
        """Give the digest of an edition; its parts are the same objects for all."""
        if self._digest is None:
            made = self.stored.digest(edition, self.entries, self.pictures)
            self._digest = replace(made, shared=True) if self.shared else made
            return self._digest
        return replace(self._digest, edition=edition)


class Draft(NamedTuple):
    """A delivery's digest and subscriber; ``barred`` is why the address may not be mailed.

    One a mail: a frozen dataclass takes four times as long to make.
    """

    subscriber: Subscriber
    shown: _Shown
    barred: str

    def digest(self, edition: Edition) -> Digest:
        """Put the digest together."""
        return self.shown.digest(edition)


class Drafts:
    """Reads ahead, and forgets what it gave; entries are kept, as many readers get the same."""

    def __init__(self, store: Store) -> None:
        """Read nothing yet."""
        self._store = store
        self._read: dict[str, Draft | None] = {}  # by Message-ID
        self._shown: dict[int, _Shown] = {}  # what the last page shows, by the digest's number
        self._entries: dict[str, Entry] = {}

    def take(self, delivery: Delivery, ahead: Sequence[Delivery]) -> Draft | None:
        """Give the draft of a delivery, reading those ``ahead`` with it; None if it was erased."""
        if delivery.message_id not in self._read:
            self._read = self._drafts([delivery, *ahead])
        return self._read.pop(delivery.message_id)

    def _drafts(self, deliveries: Sequence[Delivery]) -> dict[str, Draft | None]:
        store = self._store
        readers = store.subscribers.readers({row.edition.subscriber_id for row in deliveries})
        numbers = store.outbox.numbers([row.edition for row in deliveries])
        self._shown = self._known(Counter(numbers.values()))
        reasons = store.subscribers.reasons([reader.email for reader in readers.values()])
        drafts: dict[str, Draft | None] = {}
        for delivery in deliveries:
            subscriber = readers.get(delivery.edition.subscriber_id)
            # It is gone if its reader was erased between two statements.
            shown = self._shown.get(numbers.get(delivery.edition, 0))
            if subscriber is None or shown is None:
                drafts[delivery.message_id] = None
                continue
            barred = reasons.get(canonical(subscriber.email), "") if reasons else ""
            if subscriber.status is Status.UNSUBSCRIBED:
                barred = "unsubscribed"
            drafts[delivery.message_id] = Draft(subscriber, shown, barred)
        return drafts

    def _known(self, numbers: Counter[int]) -> dict[int, _Shown]:
        """Give what digests show that so many readers get, by their numbers; each is read once."""
        known = {number: one for number, one in self._shown.items() if number in numbers}
        stored = self._store.outbox.contents(numbers.keys() - known.keys())
        entries = self._named({entry for digest in stored.values() for entry in digest.entry_ids})
        names = {name for digest in stored.values() for name in digest.pictures.values()}
        pictures = self._store.pictures.named(names) if names else {}
        return known | {
            number: _Shown(
                stored=digest, entries=entries, pictures=pictures, shared=numbers[number] > 1
            )
            for number, digest in stored.items()
        }

    def _named(self, ids: set[str]) -> Mapping[str, Entry]:
        """Give entries by the ids they have or had."""
        missing = ids - self._entries.keys()
        if missing:
            kept = self._entries if len(self._entries) < _KEPT else {}
            read = self._store.entries.named(ids - kept.keys())
            self._entries = kept | {name: _first(entry) for name, entry in read.items()}
        return self._entries


@lru_cache(maxsize=_KEPT)
def _first(entry: Entry) -> Entry:
    """Give the object that stood for an equal entry before: what is kept of it is found at once."""
    return entry
