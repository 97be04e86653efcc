"""How many mails a second may go: overall, on each connection, and to each domain.

Whatever has a rate has a turn: the first instant at which its next mail may go. Turns are kept in
the store, so that a restart gains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest.address import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Mails a second at most; 0 for any number."""

    overall: float = 0.0
    connection: float = 0.0
    domain: float = 0.0


_NONE = Rates()


def domain_of(email: str) -> str:
    """Give the domain of an address."""
    return canonical(email).rpartition("@")[2]


class Turns:
    """When whatever has a rate has its next turn."""

    def __init__(self, rates: Rates, known: Mapping[str, datetime] | None = None) -> None:
        """Go on from the turns ``known``."""
        self._rates = rates
        self.free = rates == _NONE  # nothing ever waits for a turn
        self._at = dict(known or {})
        self._changed: set[str] = set()

    @property
    def by_domain(self) -> bool:
        """Whether domains have a rate."""
        return bool(self._rates.domain)

    def connection(self, number: int, now: datetime) -> float:
        """Give the seconds until a connection may send."""
        if not self._rates.overall and not self._rates.connection:
            return 0.0
        own = self._wait(f"connection {number}", self._rates.connection, now)
        return max(self._wait("all", self._rates.overall, now), own)

    def domain(self, domain: str, now: datetime) -> float:
        """Give the seconds until a domain may be sent to."""
        return self._wait(f"domain {domain}", self._rates.domain, now)

    def take(self, number: int, email: str, now: datetime) -> None:
        """Take the turn of a mail."""
        if self.free:
            return
        for name, rate in (
            ("all", self._rates.overall),
            (f"connection {number}", self._rates.connection),
            (f"domain {domain_of(email)}", self._rates.domain),
        ):
            if rate:
                # What is overdue is not made up for.
                waited = timedelta(seconds=self._wait(name, rate, now))
                self._at[name] = now + waited + timedelta(seconds=1 / rate)
                self._changed.add(name)

    def hear(self, others: Mapping[str, datetime], now: datetime) -> None:
        """Learn of turns that another sender took: rates are kept by both together."""
        for name, at in others.items():
            # One that is further ahead than one takes would be put off without end.
            rate = self._rate(name)
            if rate and at <= now + timedelta(seconds=1 / rate):
                self._at[name] = max(at, self._at.get(name, at))

    def changed(self) -> dict[str, datetime]:
        """Give the turns that changed since this was last asked."""
        if not self._changed:
            return {}
        found = {name: self._at[name] for name in self._changed}
        self._changed.clear()
        return found

    def _rate(self, name: str) -> float:
        kind, _, _ = name.partition(" ")
        rates = {"connection": self._rates.connection, "domain": self._rates.domain}
        return rates.get(kind, self._rates.overall)

    def _wait(self, name: str, rate: float, now: datetime) -> float:
        """Give the seconds until a turn."""
        at = self._at.get(name) if rate else None
        if at is None:
            return 0.0
        # A turn further ahead than one takes is of before the clock was set back.
        at = self._at[name] = min(at, now + timedelta(seconds=1 / rate))
        return max((at - now).total_seconds(), 0.0)
