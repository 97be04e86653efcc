"""How sources are treated politely: who is left alone, and how long after a failure.

Pure decisions; ``now`` is passed in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

BACKOFF_FIRST = timedelta(minutes=1)
BACKOFF_MOST = timedelta(hours=12)
# Seconds between requests that a service asks for, over all of its hosts together
# (https://info.arxiv.org/help/api/tou.html).
_PACES = {"arxiv.org": 3.0}
# Second-level domains under which strangers register, as example.co.uk; a parent is none of these.
_SHARED = frozenset({"ac", "co", "com", "edu", "gov", "net", "or", "org", "ne", "go"})


def service(host: str) -> str:
    """Give the name under which a host's requests are counted."""
    for domain in _PACES:
        if host == domain or host.endswith(f".{domain}"):
            return domain
    return host


def pace(of: str) -> float:
    """Give the least number of seconds between two requests to a service, whoever asks it."""
    return _PACES.get(of, 0.0)


def concerned(host: str) -> str:
    """Give the domain that a host's wish to be left alone speaks for: its parent, if it has one.

    A parent is what is left without the first label, as long as that is not a top-level domain
    or one under which strangers register.
    """
    labels = host.split(".")
    parent = labels[1:]
    if host.replace(".", "").isdecimal() or ":" in host or len(parent) < 2:  # noqa: PLR2004 an address, or example.org itself
        return host
    if len(parent) == 2 and parent[0] in _SHARED:  # noqa: PLR2004 as co.uk
        return host
    return ".".join(parent)


def held(host: str, holds: Iterable[tuple[str, datetime]], now: datetime) -> datetime | None:
    """Give until when a host is to be left alone, or None."""
    waits = [
        until
        for domain, until in holds
        if until > now and (host == domain or host.endswith(f".{domain}"))
    ]
    return max(waits, default=None)


def backoff(failures: int, seed: str) -> timedelta:
    """Give how long to leave a source alone after so many failures in a row.

    Not at all after the first, which may be a passing fault; then a minute, doubled each time,
    at most twelve hours, spread by up to a quarter so that sources do not come back together.
    """
    if failures < 2:  # noqa: PLR2004 the first may be a passing fault
        return timedelta()
    grown = min(BACKOFF_FIRST * float(1 << min(failures - 2, 20)), BACKOFF_MOST)
    spread = int.from_bytes(hashlib.sha256(f"{seed} {failures}".encode()).digest()[:4]) / 2**32
    return grown * (1 + spread / 4)
