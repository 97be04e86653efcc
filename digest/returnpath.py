"""Return paths that say who a mail went to (VERP), so that a bounce names its subscriber.

``bounces+ID-MARK@example.org``: the subscriber's id and a mark that only the holder of the secret
can make, so that nobody can suppress others by made-up bounces. Both survive a server that changes
the case, and the part before the @ stays within 64 octets (RFC 5321 section 4.5.3.1.1).
"""

from __future__ import annotations

import re

from digest.address import with_ascii_domain
from digest.tokens import Purpose, Tokens

LOCAL_MOST = 64 - len("+0123456789abcdef-abcdefghijklmnop")


class ReturnPaths:
    """Makes and reads the return paths at one address of the operator's."""

    __slots__ = ("_domain", "_local", "_pattern", "_tokens")

    def __init__(self, address: str, tokens: Tokens) -> None:
        """Use ``address``, as ``bounces@example.org``; its mailbox must take ``bounces+…`` too."""
        self._local, _, self._domain = with_ascii_domain(address).rpartition("@")
        self._tokens = tokens
        self._pattern = re.compile(
            rf"(?<![\w.+-]){re.escape(self._local)}\+([0-9a-f]{{16}})-([a-z2-7]{{16}})"
            rf"@{re.escape(self._domain)}(?![\w-])",
            re.IGNORECASE,
        )

    def make(self, subscriber_id: str) -> str:
        """Give the return path of the mails to a subscriber: the same for each."""
        mark = self._tokens.mark(Purpose.RETURN_PATH, subscriber_id)
        return f"{self._local}+{subscriber_id}-{mark}@{self._domain}"

    def read(self, text: str) -> str:
        """Give the id of the subscriber whose return path stands in ``text``, or ""."""
        for subscriber_id, mark in self._pattern.findall(text):
            known = str(subscriber_id).lower()
            if self._tokens.bears(Purpose.RETURN_PATH, known, mark.lower()):
                return known
        return ""
