"""The links that a mail carries to its reader's pages, made of base_url and signed tokens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from digest.tokens import Purpose, Tokens, iso

SUBSCRIBE = "subscribe"
UNSUBSCRIBE = "unsubscribe"
ARCHIVE = "archive"
FEED = "feed"
PREFERENCES = "preferences"
FEEDBACK = "feedback"
CONFIRM = "confirm"
ADDRESS = "address"
MORE, LESS = "more", "less"
DAYS = 90  # a link that shows or changes something holds after its mail
# How long a mail's link shows what was sent: as long as that is kept, unless configured otherwise.
READABLE = timedelta(days=366)
_HELD = timedelta(days=DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLinks:
    """Links below ``base_url``; an empty one means that there is no such page yet."""

    base_url: str
    tokens: Tokens

    def unsubscribe(self, subscriber_id: str) -> str:
        """Give the link that ends a subscription; it holds for ever."""
        token = self.tokens.make(Purpose.UNSUBSCRIBE, subscriber_id)
        return f"{self.base_url}/{UNSUBSCRIBE}/{token}"

    def preferences(self, subscriber_id: str, day: date) -> str:
        """Give the link to a subscriber's preferences, in a mail of ``day``."""
        last = _after(day, _HELD)
        token = self.tokens.make_until(Purpose.PREFERENCES, last, subscriber_id)
        return f"{self.base_url}/{PREFERENCES}/{token}"

    def feedback(self, subscriber_id: str, day: date) -> str:
        """Give how the links begin that say more or less like this of an edition's entries.

        One mark stands for the edition, made once.
        """
        edition = f"{subscriber_id}.{_compact(day)}"
        mark = self.tokens.mark(Purpose.FEEDBACK, edition)
        return f"{self.base_url}/{FEEDBACK}/{edition}.{mark}"

    def judgement(self, entry_id: str, *, liked: bool) -> str:
        """Give how such a link goes on for an entry, which has a short name there."""
        return f"/{short_name(entry_id)}/{MORE if liked else LESS}"

    def archive(self, subscriber_id: str, day: date) -> str:
        """Give the link to an edition in the browser; it holds for a year, and names its day."""
        last, said = _after(day, READABLE), iso(day)
        token = self.tokens.make_until(Purpose.ARCHIVE, last, subscriber_id, said)
        return f"{self.base_url}/{ARCHIVE}/{token}/{said}"

    def feed(self, subscriber_id: str) -> str:
        """Give the address below which a subscriber's feeds are; it holds until it is revoked."""
        return f"{self.base_url}/{FEED}/{self.tokens.make(Purpose.FEED, subscriber_id)}"

    def confirm(self, letter_id: str, last: date) -> str:
        """Give the link that confirms a subscription, through the day ``last``."""
        return (
            f"{self.base_url}/{CONFIRM}/{self.tokens.make_until(Purpose.CONFIRM, last, letter_id)}"
        )

    def moved(self, letter_id: str, last: date) -> str:
        """Give the link that confirms a new address, through the day ``last``."""
        return (
            f"{self.base_url}/{ADDRESS}/{self.tokens.make_until(Purpose.ADDRESS, last, letter_id)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StopLinks:
    """The links of a mail that is shown to whom it may not have come to: the one that stops it."""

    links: PageLinks

    def unsubscribe(self, subscriber_id: str) -> str:
        """Give the link that ends a subscription, which is the same in every mail."""
        return self.links.unsubscribe(subscriber_id)

    def preferences(self, subscriber_id: str, day: date) -> str:
        """Give none."""
        del subscriber_id, day
        return ""

    def feedback(self, subscriber_id: str, day: date) -> str:
        """Give none."""
        del subscriber_id, day
        return ""

    def judgement(self, entry_id: str, *, liked: bool) -> str:
        """Give how a link would go on, if there were one."""
        return self.links.judgement(entry_id, liked=liked)

    def archive(self, subscriber_id: str, day: date) -> str:
        """Give none, for it would hold longer than the one that led here."""
        del subscriber_id, day
        return ""


# The mails of a day have the same.
@lru_cache(maxsize=1024)
def _after(day: date, time: timedelta) -> date:
    return day + time


@lru_cache(maxsize=1024)
def _compact(day: date) -> str:
    return f"{day:%Y%m%d}"


def short_name(entry_id: str) -> str:
    """Name an entry within its edition: 8 characters."""
    return hashlib.sha256(entry_id.encode()).hexdigest()[:8]
