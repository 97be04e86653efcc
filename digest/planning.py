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

from digest import compose, match, timetable
from digest.address import canonical
from digest.choice import Choice, Day, Window, any_curious, from_store, open_day
from digest.garbage import seldom
from digest.match import Ranking
from digest.meaning import Meaning
from digest.model import (
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
from digest.store.editions import NewEdition
from digest.store.subscribers import Recipient
from digest.taste import asks

BLOCK = 500  # editions composed and written together
_CELLS = 100_000  # interests x entries ranked together: a megabyte each of a dozen matrices
_KEPT_MOST = 12_000_000  # bytes of compressed digests, with profiles, for who wants the same
_PLANNED = DeliveryStatus.PLANNED, ""
_SKIPPED = DeliveryStatus.SKIPPED, "nothing to show"
Fit = Callable[[Sequence[tuple[Digest, Subscriber]]], Sequence[Digest]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What a pass works with; ``app`` makes it out of a configuration."""

    store: Store
    sources: tuple[Source, ...]
    window: Window
    message_id: Callable[[str, date], str]
    meaning: Meaning
    pictured: Callable[[Digest], Digest]
    fit: Fit
    now: Callable[[], datetime]
    stopped: Callable[[], bool] = lambda: False


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
    """Compose the editions and write them into the outbox, but none to an address that stopped.

    Told to stop, it plans no further: what is left is due as before.
    """
    with seldom():
        return _planned(wiring, editions)


def _planned(wiring: Wiring, editions: Sequence[Edition]) -> Planned:
    by_date: dict[date, list[str]] = {}
    for edition in editions:
        by_date.setdefault(edition.date, []).append(edition.subscriber_id)
    count = candidates = shown = 0
    left_out: Counter[str] = Counter()
    for day in sorted(by_date):
        if wiring.stopped():
            break
        composing = _Composing(wiring, day)
        # By subscriber, so that neighbours in the tables are written together.
        for block in _blocks(sorted(set(by_date[day]))):
            if wiring.stopped():
                break
            some = _recipients(wiring.store, block)
            if not some:
                continue
            composed = composing.composed(some)
            now = wiring.now()
            wiring.store.outbox.plan_day(day, _new(wiring, day, some, composed), now)
            count += len(some)
            for one, times in Counter(composed).items():
                candidates += one.written.candidates * times
                shown += len(one.written.shown) * times
                for reason, number in one.written.omitted.items():
                    left_out[reason] += number * times
    return Planned(editions=count, candidates=candidates, shown=shown, left_out=dict(left_out))


def _blocks(subscriber_ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(subscriber_ids), BLOCK):
        yield subscriber_ids[start : start + BLOCK]


def _recipients(store: Store, subscriber_ids: Sequence[str]) -> list[Recipient]:
    """Read who gets editions: the subscribers but for those whose address is suppressed."""
    found = store.subscribers.recipients(subscriber_ids)
    barred = store.subscribers.reasons(one.email for one in found)
    return [one for one in found if canonical(one.email) not in barred] if barred else found


def _new(
    wiring: Wiring, day: date, some: Sequence[Recipient], composed: Sequence[_Composed]
) -> list[NewEdition]:
    """Say what is to be planned; a digest with nothing to show is skipped unless asked for."""
    return [
        NewEdition(who, email, one.written, wiring.message_id(who, day), *one.beginning)
        for (who, email, _), one in zip(some, composed, strict=True)
    ]


def compose_all(
    choice: Choice,
    editions: Sequence[tuple[Subscriber, Edition]],
    meaning: Meaning,
    fit: Fit,
) -> list[Digest]:
    """Rank all profiles and compose each edition, as it fits into a mail."""
    rankings = _rankings(choice, [subscriber.profile for subscriber, _ in editions], meaning)
    digests = [
        (_composed(choice, subscriber, edition, ranking), subscriber)
        for (subscriber, edition), ranking in zip(editions, rankings, strict=True)
    ]
    return list(fit(digests))


def _rankings(choice: Choice, profiles: Sequence[Profile], meaning: Meaning) -> Iterator[Ranking]:
    """Rank so many profiles in one pass that what is worked out of them stays small."""
    interests = [interest for profile in profiles for interest in profile.interests]
    pool = meaning.furnished(choice.pool, interests)
    some: list[Profile] = []
    cells = 0
    for profile in profiles:
        own = len(profile.interests) * len(pool.entries)
        cells += own
        if some and cells > _CELLS:
            yield from match.rank(some, pool)
            some, cells = [], own
        some.append(profile)
    yield from match.rank(some, pool)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Composed:
    """A digest as it is stored, and how its deliveries begin: their status, and why."""

    written: Written
    beginning: tuple[DeliveryStatus, str]

    @classmethod
    def of(cls, digest: Digest, profile: Profile) -> _Composed:
        """Write a digest for those who have a profile."""
        written = Written.of(digest)
        skipped = written.empty and profile.when_empty == "skip"
        return cls(written=written, beginning=_SKIPPED if skipped else _PLANNED)


class _Composing:
    """Composes the editions of one day."""

    def __init__(self, wiring: Wiring, day: date) -> None:
        self._wiring = wiring
        self._date = day
        revised = any_curious(wiring.store, day, wiring.window)
        self._day: Day = open_day(wiring.store, day, wiring.sources, wiring.window, revised=revised)
        self._day.pool.index()
        self._opened = False
        self._kept: OrderedDict[Hashable, tuple[_Composed, int]] = OrderedDict()
        self._size = 0

    def composed(self, some: Sequence[Recipient]) -> list[_Composed]:
        """Compose editions, alike ones once, and give them as they are stored, in order."""
        found: dict[int, _Composed] = {}
        fresh: dict[Hashable, list[int]] = {}
        for place, kind in enumerate(self._kinds(some)):
            kept = self._kept.get(kind)
            if kept is None:
                fresh.setdefault(kind, []).append(place)
            else:
                self._kept.move_to_end(kind)
                found[place] = kept[0]
        if fresh:
            found |= self._fresh(some, fresh)
        return [found[place] for place in range(len(some))]

    def _kinds(self, some: Sequence[Recipient]) -> list[Hashable]:
        """Give what decides on each digest: those for whom it is equal get the same."""
        store, ids = self._wiring.store, [one.id for one in some]
        histories = store.shown.histories(ids, self._day.since)
        newcomers = store.outbox.newcomers(ids)
        return [
            (
                one.profile,
                histories.get(one.id, ()),
                one.id in newcomers,
                one.id if one.draws else "",
            )
            for one in some
        ]

    def _fresh(
        self, some: Sequence[Recipient], fresh: Mapping[Hashable, Sequence[int]]
    ) -> dict[int, _Composed]:
        """Compose for the readers, by their places, of kinds that are new."""
        store = self._wiring.store
        firsts = store.subscribers.whole([some[places[0]] for places in fresh.values()])
        self._open(firsts)
        self._day.pool.ease()
        choice = from_store(store, self._day, firsts)
        rankings = _rankings(choice, [one.profile for one in firsts], self._wiring.meaning)
        pictured = self._wiring.pictured
        digests = [
            (pictured(_composed(choice, first, self._edition(first.id), ranking)), first)
            for first, ranking in zip(firsts, rankings, strict=True)
        ]
        fitted = self._wiring.fit(digests)
        found: dict[int, _Composed] = {}
        for (kind, places), whole, fits in zip(fresh.items(), digests, fitted, strict=True):
            members = [some[place] for place in places]
            of_kind = self._of_kind(kind, *whole, fits, members)
            found |= dict(zip(places, of_kind, strict=True))
        return found

    def _open(self, some: Sequence[Subscriber]) -> None:
        """Have the entries' vectors from the first block on that has texts to compare with."""
        if not self._opened and any(asks(i) for one in some for i in one.profile.interests):
            self._day = replace(self._day, pool=self._wiring.meaning.opened(self._day.pool))
            self._day.pool.index()
            self._opened = True

    def _of_kind(
        self,
        kind: Hashable,
        digest: Digest,
        first: Subscriber,
        fitted: Digest,
        members: Sequence[Recipient],
    ) -> list[_Composed]:
        """Give what readers get who are alike: one digest, if it fits into anybody's mail whole."""
        profile = first.profile
        if fitted is digest:
            one = _Composed.of(fitted, profile)
            if not members[0].draws:  # what was drawn for one is nobody else's
                self._keep(kind, one, len(one.written.packed) + len(members[0].profile))
            return [one] * len(members)
        others = [
            (replace(digest, edition=self._edition(one.id)), one)
            for one in self._wiring.store.subscribers.whole(members[1:])
        ]
        return [_Composed.of(each, profile) for each in (fitted, *self._wiring.fit(others))]

    def _edition(self, subscriber_id: str) -> Edition:
        return Edition(subscriber_id=subscriber_id, date=self._date)

    def _keep(self, kind: Hashable, one: _Composed, size: int) -> None:
        """Keep a digest for others, in place of those that were not asked for longest."""
        self._kept[kind] = one, size
        self._size += size
        while self._size > _KEPT_MOST:
            _, (_, gone) = self._kept.popitem(last=False)
            self._size -= gone
