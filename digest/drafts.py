"""Reads what is needed to render deliveries, a page at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from digest.address import canonical
from digest.model import Delivery, Digest, Edition, Entry, Status, Subscriber, Thumbnail
from digest.store import Store
from digest.store.digests import StoredDigest

_KEPT = 5000  # entries


class Draft(NamedTuple):
    """A delivery's digest and subscriber; ``barred`` is why the address may not be mailed.

    One a mail: a frozen dataclass takes four times as long to make.
    """

    subscriber: Subscriber
    stored: StoredDigest
    barred: str
    entries: Mapping[str, Entry]
    pictures: Mapping[str, Thumbnail]

    def digest(self, edition: Edition) -> Digest:
        """Put the digest together."""
        return self.stored.digest(edition, self.entries, self.pictures)


class Drafts:
    """Reads ahead, and forgets what it gave; entries are kept, as many readers get the same."""

    def __init__(self, store: Store) -> None:
        """Read nothing yet."""
        self._store = store
        self._read: dict[str, Draft | None] = {}  # by Message-ID
        self._entries: dict[str, Entry] = {}

    def take(self, delivery: Delivery, ahead: Sequence[Delivery]) -> Draft | None:
        """Give the draft of a delivery, reading those ``ahead`` with it; None if it was erased."""
        if delivery.message_id not in self._read:
            self._read = self._drafts([delivery, *ahead])
        return self._read.pop(delivery.message_id)

    def _drafts(self, deliveries: Sequence[Delivery]) -> dict[str, Draft | None]:
        store = self._store
        readers = store.subscribers.readers({row.edition.subscriber_id for row in deliveries})
        stored = store.outbox.digests([row.edition for row in deliveries])
        # Many readers get the same one, which is looked into once.
        digests = {id(digest): digest for digest in stored.values()}.values()
        entries = self._named({entry for digest in digests for entry in digest.entry_ids})
        names = {name for digest in digests for name in digest.pictures.values()}
        pictures = store.pictures.named(names) if names else {}
        reasons = store.subscribers.reasons([reader.email for reader in readers.values()])
        drafts: dict[str, Draft | None] = {}
        for delivery in deliveries:
            subscriber = readers.get(delivery.edition.subscriber_id)
            digest = stored.get(delivery.edition)
            if subscriber is None or digest is None:
                drafts[delivery.message_id] = None
                continue
            barred = reasons.get(canonical(subscriber.email), "") if reasons else ""
            if subscriber.status is Status.UNSUBSCRIBED:
                barred = "unsubscribed"
            drafts[delivery.message_id] = Draft(subscriber, digest, barred, entries, pictures)
        return drafts

    def _named(self, ids: set[str]) -> Mapping[str, Entry]:
        """Give entries by the ids they have or had."""
        missing = ids - self._entries.keys()
        if missing:
            kept = self._entries if len(self._entries) < _KEPT else {}
            read = self._store.entries.named(ids - kept.keys())
            self._entries = kept | {name: _known(entry) for name, entry in read.items()}
        return self._entries


@lru_cache(maxsize=_KEPT)
def _known(entry: Entry) -> Entry:
    """Give the object that stood for an equal entry before: what is kept of it is found at once."""
    return entry
