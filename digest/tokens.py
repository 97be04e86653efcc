"""Signed tokens for links: each for one purpose; the one use of itsdangerous.

The same secrets, purpose and parts give the same token, so a mail's bytes hang on no clock. A token
for one purpose is worth nothing for another. What ends a subscription holds for ever; what shows or
changes more holds until a date that is signed with the rest.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import lru_cache

from itsdangerous import BadData, Signer, URLSafeSerializer

from digest.errors import ExpiredError

_MARK_BYTES = 10  # 80 bits, 16 characters
_SHA256 = "sha256"
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_BETWEEN = '","'
_SOUND = re.compile(r"[\w.:@-]*", re.ASCII)  # stands in JSON as it is
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode  # as the library


class Purpose(StrEnum):
    """What a token lets its bearer do. Tokens in mails sent long ago hold on to these words."""

    UNSUBSCRIBE = "unsubscribe"
    RETURN_PATH = "return-path"
    PREFERENCES = "preferences"
    FEEDBACK = "feedback"
    ARCHIVE = "archive"
    CONFIRM = "confirm"
    ADDRESS = "address"
    FEED = "feed"
    OPERATOR = "operator"


class Tokens:
    """Makes and reads tokens: the first of the ``secrets`` signs, each of them verifies.

    Without any, no token is ours, and none can be made.
    """

    __slots__ = ("_begun", "_by_purpose", "_signers")

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
        self._signers = {
            purpose: Signer(
                oldest_first,
                salt=f"digest.{purpose}",
                key_derivation="hmac",
                digest_method=hashlib.sha256,
            )
            for purpose in Purpose
        }
        # Begun once; a copy of one that has its key signs sooner than one that is given it.
        self._begun = {
            purpose: hmac.new(signer.derive_key(), digestmod=_SHA256)
            for purpose, signer in (self._signers.items() if secrets else ())
        }

    def make(self, purpose: Purpose, *parts: str) -> str:
        """Sign ``parts``; the token is made of letters, digits, and ``-_.``.

        It is the library's, made without what that does anew for each: deriving the key, setting
        up an encoder, and trying whether it would be shorter compressed, which names and dates
        hardly are.
        """
        sound = parts and _SOUND.fullmatch("".join(parts))
        text = f'["{_BETWEEN.join(parts)}"]' if sound else _COMPACT(parts)
        said = _base64(text.encode())
        return (said + b"." + _base64(self._signed(purpose, said))).decode()

    def read(self, purpose: Purpose, token: str) -> tuple[str, ...]:
        """Give the parts that a token was made of; none if we did not make it for ``purpose``."""
        try:
            parts = self._by_purpose[purpose].loads(token)
        except BadData:
            return ()
        return tuple(map(str, parts))

    def make_until(self, purpose: Purpose, last: date, *parts: str) -> str:
        """Sign ``parts`` for a time: the token holds through the day ``last``, in UTC."""
        return self.make(purpose, iso(last), *parts)

    def read_until(self, purpose: Purpose, token: str, today: date) -> tuple[str, ...]:
        """Give the parts of a token of ``make_until``; none if we did not make it.

        Raises:
            ExpiredError: it was ours, and its last day was before ``today``.
        """
        last, *parts = self.read(purpose, token) or ("",)
        try:
            over = date.fromisoformat(last) < today
        except ValueError:
            return ()
        if over:
            raise ExpiredError(parts)
        return tuple(parts)

    def mark(self, purpose: Purpose, part: str) -> str:
        """Give a short mark of ``part``: 16 characters of a-z and 2-7, which no case can change.

        For where a token is too long or case may be lost, as before the @ of an address.
        """
        return _mark(self._signed(purpose, part.encode()))

    def bears(self, purpose: Purpose, part: str, mark: str) -> bool:
        """Whether ``mark`` is ours for ``part``, by any of the secrets."""
        return any(hmac.compare_digest(known, mark) for known in self._marks(purpose, part))

    def _signed(self, purpose: Purpose, content: bytes) -> bytes:
        """Sign by the first secret."""
        begun = self._begun[purpose].copy()
        begun.update(content)
        return begun.digest()

    def _marks(self, purpose: Purpose, part: str) -> list[str]:
        """Give the marks that the secrets make, the first secret's first."""
        signer = self._signers[purpose]
        signatures = [
            signer.algorithm.get_signature(signer.derive_key(key), part.encode())
            for key in reversed(signer.secret_keys)
        ]
        return list(map(_mark, signatures))


@lru_cache(maxsize=1024)
def iso(day: date) -> str:
    """Write a date as tokens have it; the mails of a day have the same."""
    return day.isoformat()


def _base64(content: bytes) -> bytes:
    return binascii.b2a_base64(content, newline=False).translate(_URL_SAFE, b"=")


def _mark(signature: bytes) -> str:
    return base64.b32encode(signature[:_MARK_BYTES]).decode().lower()
