"""The links that a mail carries to its reader's pages, made of base_url and signed tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from digest.tokens import Purpose, Tokens

UNSUBSCRIBE = "unsubscribe"


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
        """Give the link to an edition in the browser."""
        del subscriber_id, day
        return ""
