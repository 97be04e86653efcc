"""The links that a mail carries to its reader's pages, made of base_url and signed tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from digest.tokens import Purpose, Tokens

UNSUBSCRIBE = "unsubscribe"
ARCHIVE = "archive"
FEED = "feed"
# How long a mail's link shows what was sent: as long as that is kept, unless configured otherwise.
READABLE = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLinks:
    """Links below ``base_url``; an empty one means that there is no such page yet."""

    base_url: str
    tokens: Tokens

    def unsubscribe(self, subscriber_id: str) -> str:
        """Give the link that ends a subscription; it holds for ever."""
        token = self.tokens.make(Purpose.UNSUBSCRIBE, subscriber_id)
        return f"{self.base_url}/{UNSUBSCRIBE}/{token}"

    def preferences(self, subscriber_id: str) -> str:
        """Give the link to a subscriber's preferences."""
        del subscriber_id
        return ""

    def feedback(self, subscriber_id: str, entry_id: str, liked: bool) -> str:
        """Give the link that asks for more or less like an entry."""
        del subscriber_id, entry_id, liked
        return ""

    def archive(self, subscriber_id: str, day: date) -> str:
        """Give the link to an edition in the browser; it holds for a year, and names its day."""
        token = self.tokens.make_until(
            Purpose.ARCHIVE, day + READABLE, subscriber_id, day.isoformat()
        )
        return f"{self.base_url}/{ARCHIVE}/{token}/{day.isoformat()}"

    def feed(self, subscriber_id: str) -> str:
        """Give the address below which a subscriber's feeds are; it holds until it is revoked."""
        return f"{self.base_url}/{FEED}/{self.tokens.make(Purpose.FEED, subscriber_id)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLinks:
    """The links of a mail that is shown to whom it may not have come to: the one that stops it."""

    links: PageLinks

    def unsubscribe(self, subscriber_id: str) -> str:
        """Give the link that ends a subscription, which is the same in every mail."""
        return self.links.unsubscribe(subscriber_id)

    def preferences(self, subscriber_id: str) -> str:
        """Give none."""
        del subscriber_id
        return ""

    def feedback(self, subscriber_id: str, entry_id: str, liked: bool) -> str:
        """Give none."""
        del subscriber_id, entry_id, liked
        return ""

    def archive(self, subscriber_id: str, day: date) -> str:
        """Give none, for it would hold longer than the one that led here."""
        del subscriber_id, day
        return ""
