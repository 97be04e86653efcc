"""Which of the deliveries that are due goes next: in order, but for those whose turn is to come."""

from __future__ import annotations

import heapq
from collections import defaultdict, deque
from collections.abc import Sequence
from datetime import datetime, timedelta

from digest.model import Delivery
from digest.rates import Turns, domain_of
from digest.store import Store
from digest.store.due import Due
from digest.transports import Wait

_PAGE = 100
_KNOWN_MOST = 100_000  # deliveries known to be due; 13 MB
_NO_VERSION = -1
_ASIDE_MOST = 20_000  # deliveries that wait for their domain's turn before no more are read


class Dispatch:
    """Goes once through all deliveries that are due, those of one digest after each other.

    A delivery whose domain's turn has not come stands aside, and others go before it.
    """

    def __init__(self, store: Store, turns: Turns, *, uncertain: bool, only: str = "") -> None:
        """Begin with the oldest; of the uncertain if so wished, of one subscriber if named."""
        self._store, self._turns = store, turns
        self._uncertain, self._only = uncertain, only
        self._due: deque[Due] = deque()
        self._last: Due | None = None  # the last planned of those asked for
        self._known_all = False
        self._page: deque[Delivery] = deque()
        self._aside: dict[str, deque[Delivery]] = defaultdict(deque)
        self._domains: list[tuple[datetime, str]] = []  # a heap: when each aside has its turn
        self._number_aside = 0
        self._version = _NO_VERSION  # of the database, when the page was read
        # The same of the delivery that was given last; none if it stood aside for long.
        self.as_of = _NO_VERSION

    def next(self, connection: int, now: datetime) -> Delivery | Wait | None:
        """Give the next delivery that may go on a connection; its turn is not yet taken."""
        if self._turns.free:  # none ever stands aside
            delivery = self._from_page(now)
            self.as_of = self._version
            return delivery
        self._turns.hear(self._store.turns.news(now), now)
        wait = self._turns.connection(connection, now)
        if wait:
            return Wait(wait)
        if (delivery := self._from_aside(now)) is not None:
            self.as_of = _NO_VERSION
            return delivery
        while (delivery := self._from_page(now)) is not None:
            self.as_of = self._version
            if not self._turns.by_domain:
                return delivery
            domain = domain_of(delivery.email)
            wait = self._turns.domain(domain, now)
            if not wait and domain not in self._aside:
                return delivery
            self._stand_aside(delivery, domain, now + timedelta(seconds=wait))
        if not self._domains:
            return None
        return Wait(max((self._domains[0][0] - now).total_seconds(), 0.001))

    @property
    def ahead(self) -> Sequence[Delivery]:
        """The deliveries that are likely to come next."""
        return self._page

    def _from_page(self, now: datetime) -> Delivery | None:
        if not self._page and self._number_aside < _ASIDE_MOST:
            self._read(now)
        return self._page.popleft() if self._page else None

    def _read(self, now: datetime) -> None:
        """Read the next page; what is known to be due may have been decided meanwhile."""
        outbox = self._store.outbox
        while not self._page and (self._due or not self._known_all):
            if not self._due:
                self._ask(now)
            some = [self._due.popleft() for _ in range(min(_PAGE, len(self._due)))]
            self._version = outbox.version()
            self._page.extend(outbox.read(some, now, uncertain=self._uncertain))

    def _ask(self, now: datetime) -> None:
        """Ask which more are due."""
        due = self._store.outbox.due(
            now,
            uncertain=self._uncertain,
            limit=_KNOWN_MOST,
            only=self._only,
            after=self._last,
        )
        self._due.extend(due)
        self._last = max(due, default=None)
        self._known_all = len(due) < _KNOWN_MOST

    def _stand_aside(self, delivery: Delivery, domain: str, at: datetime) -> None:
        if domain not in self._aside:
            heapq.heappush(self._domains, (at, domain))
        self._aside[domain].append(delivery)
        self._number_aside += 1

    def _from_aside(self, now: datetime) -> Delivery | None:
        """Give a delivery that stood aside and whose domain has its turn now."""
        while self._domains and self._domains[0][0] <= now:
            _, domain = heapq.heappop(self._domains)
            wait = self._turns.domain(domain, now)
            if wait:  # the turn was for the one that went before
                heapq.heappush(self._domains, (now + timedelta(seconds=wait), domain))
                continue
            delivery = self._aside[domain].popleft()
            self._number_aside -= 1
            if self._aside[domain]:
                heapq.heappush(self._domains, (now, domain))
            else:
                del self._aside[domain]
            return delivery
        return None
