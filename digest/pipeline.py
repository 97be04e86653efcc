"""One pass of the path: pull, match, compose, plan, deliver; and the same up to a preview.

Editions are keyed by subscriber and local date in the store, so that a pass may be repeated at
any time and sends nothing twice.
"""

from __future__ import annotations

import time as clock
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from itertools import groupby
from typing import Any

from digest import compose, identity, match, plan
from digest.address import canonical
from digest.coverage import DOUBTFUL
from digest.deliver import Desk, deliver
from digest.errors import TransportError
from digest.model import (
    Coverage,
    Delivery,
    DeliveryStatus,
    Digest,
    Edition,
    Entry,
    Profile,
    Source,
    SourceState,
    Status,
    Subscriber,
)
from digest.pool import Pool
from digest.pull import Pulled
from digest.store import Store

PROFILES_AT_ONCE = 500
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What matching chooses from for one date: the pool, and whom each entry was shown to."""

    pool: Pool
    shown: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    coverage: tuple[Coverage, ...] = ()

    def candidates(self, subscriber_id: str, day: date | None = None) -> list[int]:
        """Give the places of entries not yet shown to a subscriber.

        With ``day``, also of those that this date's edition itself has shown.
        """
        before = self.shown.get(subscriber_id, {})
        own = day.isoformat() if day else ""
        return [
            number
            for number, entry in enumerate(self.pool.entries)
            if before.get(entry.id, own) == own
        ]


def library_keys(profiles: Iterable[Profile]) -> set[str]:
    """List the keys under which the store may know the examples of profiles."""
    examples = {
        example
        for profile in profiles
        for interest in profile.interests
        for example in interest.examples
        if not example.summary
    }
    keys = {example.key for example in examples if example.key}
    return keys | {f"title:{identity.title_key(e.title)}" for e in examples if e.title}


def from_store(
    store: Store,
    day: date,
    subscribers: Sequence[Subscriber],
    configured: Sequence[Source],
    window_days: int,
) -> Choice:
    """Choose from the entries first stored within the window before ``day``."""
    since = datetime.combine(day, time_of_day(), tzinfo=UTC) - timedelta(days=window_days)
    known = store.entries.by_keys(library_keys(s.profile for s in subscribers))
    library = known | {identity.title_key(entry.title): entry for entry in known.values()}
    return Choice(
        pool=Pool(store.entries.since(since), library),
        shown=store.entries.shown([s.id for s in subscribers], since),
        coverage=coverage(configured, store.sources.all()),
    )


def coverage(
    configured: Sequence[Source], states: Mapping[str, SourceState]
) -> tuple[Coverage, ...]:
    """Say how each configured source stands, entries not yet counted."""
    found = []
    for source in configured:
        state = states.get(source.name) or SourceState(source=source.name)
        # A source in order is "read", whether this very pull brought anything or not: the mail
        # of an edition is the same before and after another pull.
        doubtful = state.state in DOUBTFUL
        found.append(
            Coverage(
                source=source.name,
                state=state.state if doubtful else "read",
                detail=state.detail if doubtful else "",
            )
        )
    return tuple(found)


def compose_all(choice: Choice, editions: Sequence[tuple[Subscriber, Edition]]) -> list[Digest]:
    """Rank all profiles in one pass and compose each edition."""
    rankings = match.rank([subscriber.profile for subscriber, _ in editions], choice.pool)
    digests = []
    for (subscriber, edition), ranking in zip(editions, rankings, strict=True):
        candidates = choice.candidates(subscriber.id, edition.date)
        counted = _counted(choice, candidates)
        digests.append(compose.compose(subscriber, edition, ranking, candidates, counted))
    return digests


def _counted(choice: Choice, candidates: Sequence[int]) -> tuple[Coverage, ...]:
    """Count what each source gave to choose from."""
    counts = Counter(name for number in candidates for name in choice.pool.entries[number].seen_in)
    return tuple(
        Coverage(source=c.source, state=c.state, detail=c.detail, entries=counts[c.source])
        for c in choice.coverage
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What a pass works with; ``app`` makes it out of a configuration."""

    store: Store
    sources: tuple[Source, ...]
    window_days: int
    message_id: Callable[[str, date], str]
    now: Callable[[], datetime]


def due_editions(
    wiring: Wiring, day: date | None, only: str = ""
) -> list[tuple[Subscriber, Edition]]:
    """List the editions to plan: those whose time has come, or all of ``day``."""
    active = [
        subscription.subscriber
        for subscription in wiring.store.subscribers.all()
        if subscription.subscriber.status is Status.ACTIVE
        and only in {"", subscription.subscriber.id}
    ]
    if day is None:
        found = plan.due(active, wiring.now())
    else:
        found = [
            (subscriber, Edition(subscriber_id=subscriber.id, date=day))
            for subscriber in active
            if not (subscriber.paused_until and day < subscriber.paused_until)
        ]
    planned = wiring.store.outbox.planned(edition for _, edition in found)
    barred = wiring.store.subscribers.suppressions()
    return [
        (subscriber, edition)
        for subscriber, edition in found
        if edition not in planned and canonical(subscriber.email) not in barred
    ]


def plan_editions(wiring: Wiring, editions: Sequence[tuple[Subscriber, Edition]]) -> list[Digest]:
    """Compose the editions and write them into the outbox; gives their digests."""
    by_date = sorted(editions, key=lambda row: row[1].date)
    digests: list[Digest] = []
    for day, rows in groupby(by_date, key=lambda row: row[1].date):
        of_day = list(rows)
        for start in range(0, len(of_day), PROFILES_AT_ONCE):
            some = of_day[start : start + PROFILES_AT_ONCE]
            choice = from_store(
                wiring.store, day, [s for s, _ in some], wiring.sources, wiring.window_days
            )
            composed = compose_all(choice, some)
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


def merge_listing(entries: Sequence[Entry], library: Mapping[str, Entry]) -> Choice:
    """Choose from just the entries of listings, seen or not."""
    return Choice(pool=Pool(entries, library))
