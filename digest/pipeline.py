"""One pass of the path: pull, match, compose, plan, deliver; and the same up to a preview.

Editions are keyed by subscriber and local date in the store, so that a pass may be repeated at
any time and sends nothing twice.
"""

from __future__ import annotations

import time as clock
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from digest.choice import library_keys
from digest.deliver import Desk, deliver
from digest.errors import TransportError, UnknownError
from digest.model import DeliveryStatus
from digest.planning import Planned
from digest.pull import Pulled
from digest.store import Store

_OPEN = frozenset({DeliveryStatus.DEFERRED, DeliveryStatus.UNCERTAIN, DeliveryStatus.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one pass did.

    ``editions`` = the sum over ``status``; ``candidates`` = ``shown`` + the sum over
    ``left_out``. ``trouble`` is why the pass ended early, if it did.
    """

    editions: int = 0
    status: Mapping[str, int] = field(default_factory=dict)
    candidates: int = 0
    shown: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[Pulled, ...] = ()
    trouble: str = ""

    @property
    def failed(self) -> bool:
        """Whether a source, a recipient or the server failed."""
        return (
            bool(self.trouble)
            or any(source.failed for source in self.sources)
            or any(self.status.get(str(status)) for status in _OPEN)
        )

    def as_json(self) -> dict[str, Any]:
        """Give the report as ``run --json`` prints it."""
        content = asdict(self)
        if not self.trouble:
            del content["trouble"]
        content["sources"] = [
            {("name" if key == "source" else key): value for key, value in row.items()}
            for row in content["sources"]
        ]
        return content


def refuse_pruned(store: Store, day: date | None) -> None:
    """Refuse a date whose editions are gone: they may have been sent.

    Raises:
        UnknownError: it is such a one.
    """
    before = store.pruning.before
    if day and before and day < before:
        raise UnknownError(
            f"{day}: editions before {before} are no longer kept, and may have been sent; "
            "give a later date"
        )


def prune(store: Store, keep: int, now: datetime) -> None:
    """Let go of what is older than ``keep`` days (0: of nothing), once a day."""
    before, done = now - timedelta(days=keep), store.pruning.before
    if keep and (done is None or done < before.date()):
        profiles = (row.subscriber.profile for row in store.subscribers.each())
        store.pruning.prune(before, library_keys(profiles))


def send(desk: Desk, linger: timedelta, sleep: Callable[[float], None], only: str = "") -> str:
    """Deliver what is due, waiting up to ``linger`` for retries; gives the server's trouble."""
    until = desk.now() + linger
    while True:
        try:
            deliver(desk, only)
        except TransportError as error:
            return str(error)
        upcoming = desk.store.outbox.next_attempt(
            uncertain=desk.patience.retry_uncertain, only=only
        )
        if upcoming is None or upcoming > until or desk.stopped():
            return ""
        _sleep_until(upcoming, desk, sleep)


def _sleep_until(moment: datetime, desk: Desk, sleep: Callable[[float], None]) -> None:
    """Sleep in short steps, so that a request to stop is heard."""
    give_up = clock.monotonic() + (moment - desk.now()).total_seconds() + 60
    while not desk.stopped() and clock.monotonic() < give_up:
        left = (moment - desk.now()).total_seconds()
        if left <= 0:
            return
        sleep(min(left, 0.5))


def report(
    store: Store, since: datetime, planned: Planned, pulled: Sequence[Pulled], trouble: str
) -> Report:
    """Sum up a pass that began at ``since``."""
    status = store.outbox.counts(changed_since=since)
    return Report(
        editions=sum(status.values()),
        status=status,
        candidates=planned.candidates,
        shown=planned.shown,
        left_out=planned.left_out,
        sources=tuple(pulled),
        trouble=trouble,
    )
