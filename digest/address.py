"""One spelling for each e-mail address: who said stop under one is not mailed under another."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

UNSPEAKABLE = "the address cannot be written in SMTP"
_UNSPEAKABLE = re.compile(r"[\x00-\x20<>\x7f]")
_PATH_MOST = 254  # RFC 5321 section 4.5.3.1.3, without the angle brackets


def speakable(email: str) -> bool:
    """Whether an address can be said to a mail server at all, in one line."""
    return not _UNSPEAKABLE.search(email) and len(email.encode()) <= _PATH_MOST


def canonical(email: str) -> str:
    """Give an address without case and outer spaces, its domain in ASCII (RFC 5891)."""
    address = email.strip().casefold()
    if address.isascii():
        return address
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


@lru_cache(maxsize=10_000)  # subscribers share domains, and the codec is slow
def ascii_domain(domain: str) -> str:
    """Write a domain in its ASCII form; one that has none stays."""
    try:
        return domain.encode("idna").decode("ascii")
    except UnicodeError:
        return domain


def with_ascii_domain(email: str) -> str:
    """Write an address's domain in ASCII; the local part stays."""
    local, at, domain = email.rpartition("@")
    return f"{local}{at}{ascii_domain(domain)}"


def hashed(address: str) -> str:
    """Give the id that stands for a canonical address, unless the store gave it another."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]
