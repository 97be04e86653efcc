"""Reads what is needed to render deliveries, a page at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from digest.address import canonical
from digest.model import Delivery, Digest, Edition, Entry, Status, Subscriber, Thumbnail
from digest.store import Store
from digest.store.digests import StoredDigest


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A delivery's digest and subscriber; ``barred`` is why the address may not be mailed."""

    subscriber: Subscriber
    stored: StoredDigest
    barred: str
    entries: Mapping[str, Entry]
    pictures: Mapping[str, Thumbnail]

    def digest(self, edition: Edition) -> Digest:
        """Put the digest together."""
        return self.stored.digest(edition, self.entries, self.pictures)


class Drafts:
    """Reads ahead, and forgets what it gave."""

    def __init__(self, store: Store) -> None:
        """Read nothing yet."""
        self._store = store
        self._read: dict[str, Draft | None] = {}  # by Message-ID

    def take(self, delivery: Delivery, ahead: Sequence[Delivery]) -> Draft | None:
        """Give the draft of a delivery, reading those ``ahead`` with it; None if it was erased."""
        if delivery.message_id not in self._read:
            self._read = self._drafts([delivery, *ahead])
        return self._read.pop(delivery.message_id)

    def _drafts(self, deliveries: Sequence[Delivery]) -> dict[str, Draft | None]:
        store = self._store
        subscriptions = store.subscribers.get({row.edition.subscriber_id for row in deliveries})
        stored = store.outbox.digests(row.edition for row in deliveries)
        ids = {entry for digest in stored.values() for entry in digest.entry_ids}
        entries = store.entries.named(ids)
        pictures = store.pictures.named(
            {name for digest in stored.values() for name in digest.pictures.values()}
        )
        reasons = store.subscribers.reasons(s.subscriber.email for s in subscriptions.values())
        drafts: dict[str, Draft | None] = {}
        for delivery in deliveries:
            subscription = subscriptions.get(delivery.edition.subscriber_id)
            digest = stored.get(delivery.edition)
            drafts[delivery.message_id] = None
            if subscription is not None and digest is not None:
                subscriber = subscription.subscriber
                barred = reasons.get(canonical(subscriber.email), "")
                if subscriber.status is Status.UNSUBSCRIBED:
                    barred = "unsubscribed"
                drafts[delivery.message_id] = Draft(
                    subscriber=subscriber,
                    stored=digest,
                    barred=barred,
                    entries=entries,
                    pictures=pictures,
                )
        return drafts
