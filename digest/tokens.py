"""Signed tokens for links: each for one purpose, without a date; the one use of itsdangerous.

The same secrets, purpose and parts give the same token, so a mail's bytes hang on no clock. A token
for one purpose is worth nothing for another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum

from itsdangerous import BadData, URLSafeSerializer


class Purpose(StrEnum):
    """What a token lets its bearer do. Tokens in mails sent long ago hold on to these words."""

    UNSUBSCRIBE = "unsubscribe"


class Tokens:
    """Makes and reads tokens: the first of the ``secrets`` signs, each of them verifies."""

    __slots__ = ("_by_purpose",)

    def __init__(self, secrets: Sequence[str]) -> None:
        """Prepare a signer for each purpose."""
        oldest_first = list(reversed(secrets))  # as the library has them
        self._by_purpose = {
            purpose: URLSafeSerializer(
                oldest_first,
                salt=f"digest.{purpose}",
                signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
            )
            for purpose in Purpose
        }

    def make(self, purpose: Purpose, *parts: str) -> str:
        """Sign ``parts``; the token is made of letters, digits, and ``-_.``."""
        return self._by_purpose[purpose].dumps(parts)

    def read(self, purpose: Purpose, token: str) -> tuple[str, ...]:
        """Give the parts that a token was made of; none if we did not make it for ``purpose``."""
        try:
            parts = self._by_purpose[purpose].loads(token)
        except BadData:
            return ()
        return tuple(map(str, parts))
