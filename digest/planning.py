"""Plans editions: ranks and composes a block of them at a time, and writes each block down at once.

Nothing is held but the block, so that memory does not grow with the subscribers. Readers who want
the same, and were shown the same, get one digest: it is composed once. An edition is planned once,
by its unique key; what a killed pass left unplanned, the next one plans.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import groupby

from digest import compose, match, timetable
from digest.address import canonical
from digest.choice import Choice, Day, Window, any_curious, from_store, open_day
from digest.match import Ranking
from digest.meaning import Meaning
from digest.model import (
    Delivery,
    DeliveryStatus,
    Digest,
    Edition,
    Profile,
    Source,
    Status,
    Subscriber,
)
from digest.store import Store
from digest.store.digests import Written
from digest.taste import asks

BLOCK = 500  # editions composed and written together
_KEPT_MOST = 40_000_000  # characters of digests that are kept for others who want the same
Fit = Callable[[Digest, Subscriber], Digest]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What was planned: ``candidates`` = ``shown`` + the sum over ``left_out``."""

    editions: int = 0
    candidates: int = 0
    shown: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)


def due_editions(wiring: Wiring, day: date | None, only: str = "") -> list[Edition]:
    """List the editions to plan: those whose time has come, or all of ``day``."""
    if day is None:
        return timetable.due(wiring.store, wiring.now(), only)
    found = [
        Edition(subscriber_id=subscriber.id, date=day)
        for subscriber in wiring.store.subscribers.without_profiles()
        if subscriber.status is Status.ACTIVE
        and only in {"", subscriber.id}
        and not (subscriber.paused_until and day < subscriber.paused_until)
    ]
    planned = wiring.store.outbox.planned(found)
    return [edition for edition in found if edition not in planned]


def plan_editions(wiring: Wiring, editions: Sequence[Edition]) -> Planned:
    """Compose the editions and write them into the outbox, but none to an address that stopped."""
    # By subscriber, so that neighbours in the tables are written together.
    ordered = sorted(editions, key=lambda edition: (edition.date, edition.subscriber_id))
    count = candidates = shown = 0
    left_out: Counter[str] = Counter()
    for day, of_day in groupby(ordered, key=lambda edition: edition.date):
        composing = _Composing(wiring, day)
        for block in _blocks(list(of_day)):
            some = _readers(wiring.store, block)
            if not some:
                continue
            written = composing.written(some)
            wiring.store.outbox.plan(
                (one, _delivery(wiring, subscriber, edition, one))
                for (subscriber, edition), one in zip(some, written, strict=True)
            )
            count += len(some)
            candidates += sum(one.candidates for one in written)
            shown += sum(len(one.shown) for one in written)
            for one in written:
                left_out.update(one.omitted)
    return Planned(editions=count, candidates=candidates, shown=shown, left_out=dict(left_out))


def _blocks(editions: Sequence[Edition]) -> Iterator[Sequence[Edition]]:
    for start in range(0, len(editions), BLOCK):
        yield editions[start : start + BLOCK]


def _readers(store: Store, editions: Sequence[Edition]) -> list[tuple[Subscriber, Edition]]:
    """Read the subscribers of editions, but for those whose address is suppressed."""
    known = store.subscribers.get(edition.subscriber_id for edition in editions)
    barred = store.subscribers.reasons(row.subscriber.email for row in known.values())
    return [
        (known[edition.subscriber_id].subscriber, edition)
        for edition in editions
        if edition.subscriber_id in known
        and canonical(known[edition.subscriber_id].subscriber.email) not in barred
    ]


def _delivery(
    wiring: Wiring, subscriber: Subscriber, edition: Edition, written: Written
) -> Delivery:
    """Make the outbox row; a digest with nothing to show is skipped unless asked for."""
    skipped = written.empty and subscriber.profile.when_empty == "skip"
    return Delivery(
        edition=edition,
        email=subscriber.email,
        status=DeliveryStatus.SKIPPED if skipped else DeliveryStatus.PLANNED,
        planned_at=wiring.now(),
        message_id=wiring.message_id(subscriber.id, edition.date),
        response="nothing to show" if skipped else "",
    )


def compose_all(
    choice: Choice,
    editions: Sequence[tuple[Subscriber, Edition]],
    meaning: Meaning,
    fit: Fit,
) -> list[Digest]:
    """Rank all profiles in one pass and compose each edition, as it fits into a mail."""
    rankings = _rankings(choice, [subscriber.profile for subscriber, _ in editions], meaning)
    return [
        fit(_composed(choice, subscriber, edition, ranking), subscriber)
        for (subscriber, edition), ranking in zip(editions, rankings, strict=True)
    ]


def _rankings(choice: Choice, profiles: Sequence[Profile], meaning: Meaning) -> tuple[Ranking, ...]:
    interests = [interest for profile in profiles for interest in profile.interests]
    return match.rank(profiles, meaning.furnished(choice.pool, interests))


def _composed(choice: Choice, subscriber: Subscriber, edition: Edition, ranking: Ranking) -> Digest:
    candidates = choice.candidates(subscriber, edition.date, again=True)
    return compose.compose(
        subscriber,
        edition,
        ranking,
        candidates,
        choice.counted(candidates),
        choice.revised(subscriber),
    )


class _Composing:
    """Composes the editions of one day."""

    def __init__(self, wiring: Wiring, day: date) -> None:
        self._wiring = wiring
        revised = any_curious(wiring.store, day, wiring.window)
        self._day: Day = open_day(wiring.store, day, wiring.sources, wiring.window, revised=revised)
        self._day.pool.index()
        self._opened = False
        self._kept: OrderedDict[Hashable, Written] = OrderedDict()
        self._size = 0

    def written(self, some: Sequence[tuple[Subscriber, Edition]]) -> list[Written]:
        """Compose editions, alike ones once, and give them as they are stored, in order."""
        self._open(some)
        self._day.pool.ease()
        choice = from_store(self._wiring.store, self._day, [subscriber for subscriber, _ in some])
        alike: dict[Hashable, list[int]] = {}
        for place, (subscriber, edition) in enumerate(some):
            alike.setdefault(choice.kind(subscriber, edition), []).append(place)
        found: dict[int, Written] = {}
        fresh: list[Hashable] = []
        for kind, places in alike.items():
            if kind in self._kept:
                self._kept.move_to_end(kind)
                found |= dict.fromkeys(places, self._kept[kind])
            else:
                fresh.append(kind)
        profiles = [some[alike[kind][0]][0].profile for kind in fresh]
        rankings = _rankings(choice, profiles, self._wiring.meaning) if fresh else ()
        for kind, ranking in zip(fresh, rankings, strict=True):
            members = [some[place] for place in alike[kind]]
            of_kind = self._of_kind(kind, choice, members, ranking)
            found |= dict(zip(alike[kind], of_kind, strict=True))
        return [found[place] for place in range(len(some))]

    def _open(self, some: Sequence[tuple[Subscriber, Edition]]) -> None:
        """Have the entries' vectors from the first block on that has texts to compare with."""
        if not self._opened and any(asks(i) for s, _ in some for i in s.profile.interests):
            self._day = replace(self._day, pool=self._wiring.meaning.opened(self._day.pool))
            self._day.pool.index()
            self._opened = True

    def _of_kind(
        self,
        kind: Hashable,
        choice: Choice,
        members: Sequence[tuple[Subscriber, Edition]],
        ranking: Ranking,
    ) -> list[Written]:
        """Compose for readers who are alike: once, if it fits into anybody's mail as it is."""
        fit = self._wiring.fit
        first = _composed(choice, *members[0], ranking)
        fitted = fit(first, members[0][0])
        if fitted is first:
            return [self._keep(kind, Written.of(fitted))] * len(members)
        others = [
            fit(replace(first, edition=edition), subscriber) for subscriber, edition in members[1:]
        ]
        return [Written.of(digest) for digest in (fitted, *others)]

    def _keep(self, kind: Hashable, one: Written) -> Written:
        """Keep a digest for others, in place of those that were not asked for longest."""
        self._kept[kind] = one
        self._size += len(one.text)
        while self._size > _KEPT_MOST:
            _, gone = self._kept.popitem(last=False)
            self._size -= len(gone.text)
        return one
