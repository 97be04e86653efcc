"""Keeps a mail within its size: Gmail cuts the HTML of one at 102 KB, its foot and all. Pure.

Over the budget the entries' texts are shortened, step by step; then those entries that matter
least are left out, with that reason, before the edition is stored.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from digest import compose
from digest.errors import TemplateError
from digest.model import Digest, Subscriber

HTML_MOST = 90_000  # bytes, before the transfer encoding
MAIL_MOST = 240_000  # bytes of the whole, encoded
_SHORTER = (300, 200, 120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """The bytes of a mail: its HTML as the client sees it, and all of it as it is sent."""

    html: int
    mail: int

    @property
    def excess(self) -> float:
        """How many times too heavy it is; at most 1 fits."""
        return max(self.html / HTML_MOST, self.mail / MAIL_MOST)


def fit(
    digest: Digest, subscriber: Subscriber, weigh: Callable[[Digest, Subscriber], Weight]
) -> Digest:
    """Give the digest as it fits the budget; one whose template is wrong stays as it is."""
    try:
        return _fitted(digest, subscriber, weigh)
    except TemplateError:
        return digest  # delivering will say so, and try again once it is mended


def _fitted(
    digest: Digest, subscriber: Subscriber, weigh: Callable[[Digest, Subscriber], Weight]
) -> Digest:
    found = digest
    excess = weigh(found, subscriber).excess
    for most in _SHORTER:
        if excess <= 1:
            return found
        found = replace(digest, summary_most=most)
        excess = weigh(found, subscriber).excess
    while excess > 1 and found.shown:
        surplus = round(len(found.shown) * (1 - 1 / excess))
        found = compose.shortened(found, subscriber, max(surplus, 1))
        excess = weigh(found, subscriber).excess
    return found
