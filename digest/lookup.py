"""Asks the DNS, within bounds of time: the one use of dnspython."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import dns.exception
import dns.name
import dns.resolver

from digest.errors import ResolverError

_QUERY_SECONDS = 3.0
_ALL_SECONDS = 10.0


class Lookup:
    """Answers from the system's name servers, or those given; all together in ten seconds."""

    def __init__(
        self, servers: Sequence[str] = (), port: int = 53, seconds: float = _ALL_SECONDS
    ) -> None:
        """Ask nothing yet."""
        self._servers = list(servers)
        self._port = port
        self._seconds = seconds
        self._until = 0.0

    def txt(self, name: str) -> tuple[str, ...]:
        """Give the texts of a name; strings of one record are joined (RFC 7208 section 3.3).

        Raises:
            ResolverError: the DNS does not answer.
        """
        rows = self._ask(name, "TXT")
        return tuple(b"".join(row.strings).decode("utf-8", "replace") for row in rows)

    def mx(self, name: str) -> tuple[str, ...]:
        """Give the hosts that take mails for a domain, the first choice first; "." for none.

        Raises:
            ResolverError: the DNS does not answer.
        """
        rows = sorted(self._ask(name, "MX"), key=lambda row: int(row.preference))
        return tuple(str(row.exchange).rstrip(".") or "." for row in rows)

    def has_address(self, name: str) -> bool:
        """Whether a name has an IPv4 or IPv6 address.

        Raises:
            ResolverError: the DNS does not answer.
        """
        return any(self._ask(name, kind) for kind in ("A", "AAAA"))

    def _ask(self, name: str, kind: str) -> list[Any]:
        """Ask for records; none where the name does not exist, or is none."""
        self._until = self._until or time.monotonic() + self._seconds
        left = min(self._until - time.monotonic(), _QUERY_SECONDS)
        try:
            if left <= 0:
                raise dns.exception.Timeout
            answer = self._resolver().resolve(
                name, kind, lifetime=left, search=False, raise_on_no_answer=False
            )
        except (dns.resolver.NXDOMAIN, dns.name.LabelTooLong, dns.name.EmptyLabel):
            return []
        except dns.name.NameTooLong:
            return []
        except dns.exception.Timeout:
            raise ResolverError("the DNS does not answer in time") from None
        except (dns.exception.DNSException, OSError) as error:
            said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
            raise ResolverError(f"the DNS does not answer ({said})") from None
        return list(answer.rrset or ())

    def _resolver(self) -> dns.resolver.Resolver:
        resolver = dns.resolver.Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers = self._servers
            resolver.port = self._port
        resolver.use_edns(0, payload=1232)
        return resolver
