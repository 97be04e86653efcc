"""One pass of the path: pull, match, compose, plan, deliver; and the same up to a preview.

Editions are keyed by subscriber and local date in the store, so that a pass may be repeated at
any time and sends nothing twice.
"""

from __future__ import annotations

import time as clock
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from digest import compose, match, timetable
from digest.address import canonical
from digest.choice import Choice, Window, from_store, is_curious, library_keys, open_day
from digest.deliver import Desk, deliver
from digest.errors import TransportError, UnknownError
from digest.meaning import Meaning
from digest.model import (
    Delivery,
    DeliveryStatus,
    Digest,
    Edition,
    Source,
    Status,
    Subscriber,
)
from digest.pull import Pulled
from digest.store import Store
from digest.taste import asks

PROFILES_AT_ONCE = 500
Fit = Callable[[Digest, Subscriber], Digest]
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


def compose_all(
    choice: Choice,
    editions: Sequence[tuple[Subscriber, Edition]],
    meaning: Meaning,
    fit: Fit,
) -> list[Digest]:
    """Rank all profiles in one pass and compose each edition, as it fits into a mail."""
    profiles = [subscriber.profile for subscriber, _ in editions]
    interests = [interest for profile in profiles for interest in profile.interests]
    rankings = match.rank(profiles, meaning.furnished(choice.pool, interests))
    digests = []
    for (subscriber, edition), ranking in zip(editions, rankings, strict=True):
        candidates = choice.candidates(subscriber, edition.date, again=True)
        digest = compose.compose(
            subscriber,
            edition,
            ranking,
            candidates,
            choice.counted(candidates),
            choice.revised(subscriber),
        )
        digests.append(fit(digest, subscriber))
    return digests


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What a pass works with; ``app`` makes it out of a configuration."""

    store: Store
    sources: tuple[Source, ...]
    window: Window
    message_id: Callable[[str, date], str]
    meaning: Meaning
    fit: Fit
    now: Callable[[], datetime]


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
        profiles = [row.subscriber.profile for row in store.subscribers.all()]
        store.pruning.prune(before, library_keys(profiles))


def due_editions(
    wiring: Wiring, day: date | None, only: str = ""
) -> list[tuple[Subscriber, Edition]]:
    """List the editions to plan: those whose time has come, or all of ``day``."""
    if day is None:
        return timetable.due(wiring.store, wiring.now(), only)
    found = [
        (subscription.subscriber, Edition(subscriber_id=subscription.subscriber.id, date=day))
        for subscription in wiring.store.subscribers.all()
        if _may_have(subscription.subscriber, day) and only in {"", subscription.subscriber.id}
    ]
    planned = wiring.store.outbox.planned(edition for _, edition in found)
    barred = wiring.store.subscribers.suppressions()
    return [
        (subscriber, edition)
        for subscriber, edition in found
        if edition not in planned and canonical(subscriber.email) not in barred
    ]


def _may_have(subscriber: Subscriber, day: date) -> bool:
    """Whether a date that is asked for may be sent, on whichever day of the week."""
    paused = subscriber.paused_until is not None and day < subscriber.paused_until
    return subscriber.status is Status.ACTIVE and not paused


def plan_editions(wiring: Wiring, editions: Sequence[tuple[Subscriber, Edition]]) -> list[Digest]:
    """Compose the editions and write them into the outbox; gives their digests."""
    by_date = sorted(editions, key=lambda row: row[1].date)
    digests: list[Digest] = []
    for day, rows in groupby(by_date, key=lambda row: row[1].date):
        of_day = list(rows)
        revised = any(is_curious(subscriber) for subscriber, _ in of_day)
        offered = open_day(wiring.store, day, wiring.sources, wiring.window, revised=revised)
        if any(asks(interest) for s, _ in of_day for interest in s.profile.interests):
            offered = replace(offered, pool=wiring.meaning.opened(offered.pool))
        offered.pool.index()
        for start in range(0, len(of_day), PROFILES_AT_ONCE):
            some = of_day[start : start + PROFILES_AT_ONCE]
            choice = from_store(wiring.store, offered, [s for s, _ in some])
            composed = compose_all(choice, some, wiring.meaning, wiring.fit)
            wiring.store.outbox.plan(
                (digest, _delivery(wiring, subscriber, digest))
                for (subscriber, _), digest in zip(some, composed, strict=True)
            )
            digests.extend(composed)
    return digests


def _delivery(wiring: Wiring, subscriber: Subscriber, digest: Digest) -> Delivery:
    """Make the outbox row; a digest with nothing to show is skipped unless asked for."""
    empty = not digest.sections and subscriber.profile.when_empty == "skip"
    return Delivery(
        edition=digest.edition,
        email=subscriber.email,
        status=DeliveryStatus.SKIPPED if empty else DeliveryStatus.PLANNED,
        planned_at=wiring.now(),
        message_id=wiring.message_id(subscriber.id, digest.edition.date),
        response="nothing to show" if empty else "",
    )


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
    store: Store, since: datetime, digests: Sequence[Digest], pulled: Sequence[Pulled], trouble: str
) -> Report:
    """Sum up a pass that began at ``since``."""
    status = store.outbox.counts(changed_since=since)
    omitted: Counter[str] = Counter()
    for digest in digests:
        omitted.update(digest.omitted)
    return Report(
        editions=sum(status.values()),
        status=status,
        candidates=sum(digest.candidates for digest in digests),
        shown=sum(len(digest.shown) for digest in digests),
        left_out=dict(omitted),
        sources=tuple(pulled),
        trouble=trouble,
    )
