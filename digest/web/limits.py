"""Bounds how often a client, or anything else with a name, may ask; kept in memory, bounded too.

A rate is a burst and what comes back of it a second (GCRA, ITU-T I.371): a number a name is kept,
the moment at which its burst is whole again.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.exceptions import HTTPException
from starlette.requests import Request

_NAMES_MOST = 20_000
# Where a proxy of ours may be: this machine, and the private networks of RFC 1918 and 4193.
_NEAR = tuple(
    map(
        ip_network,
        ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1", "fc00::/7"),
    )
)
_PREFIX = 64  # bits of an IPv6 address that one client has (RFC 6177)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many at once (``burst``), and ``per_second`` of them come back."""

    burst: int
    per_second: float


class Limiter:
    """Counts by name, for names of one kind; the longest unseen is forgotten first."""

    def __init__(
        self,
        rate: Rate,
        *,
        clock: Callable[[], float] = time.monotonic,
        most: int = _NAMES_MOST,
    ) -> None:
        """Allow ``rate`` to each name, and remember at most ``most`` of them."""
        self._rate, self._clock, self._most = rate, clock, most
        self._whole: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, name: str) -> float:
        """Count one more of a name; gives the seconds to wait if it is too many, and counts none.

        0 means that it may go on.
        """
        with self._lock:
            now = self._clock()
            whole = max(self._whole.get(name, now), now) + 1 / self._rate.per_second
            over = whole - now - self._rate.burst / self._rate.per_second
            if over > 1e-9:  # noqa: PLR2004 what floating point makes of nothing
                return over
            self._whole[name] = whole
            self._whole.move_to_end(name)
            while len(self._whole) > self._most:
                self._whole.popitem(last=False)
            return 0

    def check(self, name: str) -> None:
        """Count one more of a name.

        Raises:
            HTTPException: 429 with Retry-After (RFC 6585 section 4): it is too many.
        """
        seconds = self.wait(name)
        if seconds:
            raise HTTPException(429, headers={"Retry-After": str(math.ceil(seconds))})


class Bound:
    """So many requests of a client, and of everybody, within so many seconds."""

    def __init__(self, *, each: int, everybody: int, seconds: float) -> None:
        """Begin to count."""
        self._each = Limiter(Rate(burst=each, per_second=each / seconds))
        self._all = Limiter(Rate(burst=everybody, per_second=everybody / seconds))

    def check(self, request: Request) -> None:
        """Count a request.

        Raises:
            HTTPException: 429: it is too many.
        """
        self._each.check(client(request))
        self._all.check("everybody")


def client(request: Request) -> str:
    """Name who asks: an IPv4 address, or the network of an IPv6 one.

    A peer of this machine or a private network is taken for the proxy, which appends who asked it
    to X-Forwarded-For. Who can forge that is counted under another name, and gains nothing else.
    """
    peer = request.client.host if request.client else ""
    address = _address(peer)
    if address is None:
        return peer
    if any(address in network for network in _NEAR):
        forwarded = ",".join(request.headers.getlist("x-forwarded-for")).rpartition(",")[2]
        address = _address(forwarded.strip()) or address
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((address, _PREFIX), strict=False))


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
