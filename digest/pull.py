"""Pulls sources: asked and parsed side by side, stored in order, each one's state written down.

A source that fails is named and does not stop the others. What is remembered of an address is
written only after its entries are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from digest import coverage, identity, manners, sources
from digest.errors import FetchError, SourceError, UnknownError
from digest.fetch import Fetcher
from digest.model import (
    Entry,
    Listing,
    Memory,
    Request,
    Source,
    SourceState,
)
from digest.parse import Parsers
from digest.sources import Adapter, Page
from digest.store import Store

_AT_ONCE = 64
_PAGES_MOST = 40
_SAME_PAGE_MOST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """How one source's pull went; counts are entries."""

    source: str
    state: str
    detail: str = ""
    entries: int = 0
    new: int = 0
    updated: int = 0
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Puller:
    """What pulling works with, and what it may do.

    ``catch_up_days`` is how far back missed days are asked for; ``since`` asks for all days from
    a date instead; ``at_once`` asks also those that are left alone after failures.
    """

    fetcher: Fetcher
    parsers: Parsers
    store: Store
    now: datetime
    catch_up_days: int = 14
    since: date | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """One address asked: what is to be remembered of it, and its listing or the error."""

    request: Request
    memory: Memory
    listing: Listing | None = None
    error: SourceError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tour:
    """All addresses of one source, asked."""

    source: Source
    state: SourceState
    visits: tuple[_Visit, ...]
    listings: tuple[Listing, ...] = field(init=False)
    errors: tuple[SourceError, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Sort out what came."""
        listings = tuple(v.listing for v in self.visits if v.listing is not None)
        errors = tuple(v.error for v in self.visits if v.error is not None)
        object.__setattr__(self, "listings", listings)
        object.__setattr__(self, "errors", errors)


def named(configured: Sequence[Source], names: Sequence[str]) -> list[Source]:
    """Pick sources by name; all of them where none is named.

    Raises:
        UnknownError: a name is not configured.
    """
    known = {source.name: source for source in configured}
    unknown = [name for name in names if name not in known]
    if unknown:
        there = ", ".join(known) or "none"
        raise UnknownError(f"no source is named {', '.join(unknown)}; configured: {there}")
    return [known[name] for name in names] if names else list(configured)


def pull(configured: Sequence[Source], puller: Puller) -> list[Pulled]:
    """Ask what may be asked now, and store what came."""
    states = puller.store.sources.all()
    holds = puller.store.sources.holds(puller.now)
    results: dict[str, Pulled] = {}
    open_to: list[tuple[Source, SourceState]] = []
    for source in configured:
        state = states.get(source.name) or SourceState(source=source.name)
        if state.next_fetch and state.next_fetch > puller.now and not puller.at_once:
            results[source.name] = _left_alone(state, state.next_fetch)
        else:
            open_to.append((source, state))
    for tour in _tours(open_to, puller, holds):
        results[tour.source.name] = _settle(tour, puller)
    return [results[source.name] for source in configured]


def _left_alone(state: SourceState, until: datetime) -> Pulled:
    detail = f"{state.detail}; it is asked again after {until:%Y-%m-%d %H:%M} UTC"
    return Pulled(source=state.source, state=state.state, detail=detail, failed=True)


def _tours(
    open_to: Sequence[tuple[Source, SourceState]],
    puller: Puller,
    holds: Mapping[str, datetime],
) -> Iterator[_Tour]:
    """Ask all sources side by side; results come in the order of the sources."""
    if not open_to:
        return
    with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(open_to))) as threads:
        yield from threads.map(lambda row: _tour(row[0], row[1], puller, holds), open_to)


def _tour(
    source: Source, state: SourceState, puller: Puller, holds: Mapping[str, datetime]
) -> _Tour:
    """Ask every address of one source; one that fails does not stop the next."""
    adapter = sources.adapter(source.kind)
    asked = [*adapter.requests(source), *adapter.catch_up(source, _missed(adapter, state, puller))]
    visits: list[_Visit] = []
    for request in asked:
        visits.extend(_pages(source, request, state, puller, holds))
        last = visits[-1].error
        if isinstance(last, FetchError) and last.hold:
            break
    return _Tour(source=source, state=state, visits=tuple(visits))


def _missed(adapter: Adapter, state: SourceState, puller: Puller) -> tuple[date, ...]:
    """List the days to be asked for again: those after the last that is wholly stored.

    The newest is in the listing itself.
    """
    rhythm = adapter.rhythm
    if rhythm is None:
        return ()
    if puller.since is not None:
        return rhythm.days(puller.since - timedelta(days=1), puller.now)
    if state.covered is None:
        return ()
    earliest = rhythm.day(puller.now) - timedelta(days=puller.catch_up_days)
    return rhythm.days(max(state.covered, earliest), puller.now)[:-1]


def _pages(
    source: Source,
    first: Request,
    state: SourceState,
    puller: Puller,
    holds: Mapping[str, datetime],
) -> Iterator[_Visit]:
    """Ask an address and the pages that follow it."""
    adapter = sources.adapter(source.kind)
    request: Request | None = first
    times: dict[str, int] = {}
    for _ in range(_PAGES_MOST):
        if request is None:
            return
        times[request.place] = times.get(request.place, 0) + 1
        visit, page = _visit(source, request, state, puller, holds)
        yield visit
        if page is None or times[request.place] >= _SAME_PAGE_MOST:
            return
        try:
            request = adapter.follow(page)
        except FetchError as error:
            yield replace(visit, listing=None, error=FetchError(source.name, error.fault))
            return


def _visit(
    source: Source,
    request: Request,
    state: SourceState,
    puller: Puller,
    holds: Mapping[str, datetime],
) -> tuple[_Visit, Page | None]:
    """Ask one address and parse what came, unless it is what came before."""
    memory = state.memory.get(request.place, Memory())
    asked = replace(request, url=memory.moved_to) if memory.moved_to else request
    adapter = sources.adapter(source.kind)
    try:
        _may_be_asked(source, asked, memory, holds, puller)
        response = puller.fetcher.fetch(asked, source.name, memory.validators, adapter.pace)
        if response.unchanged:
            return _Visit(request=request, memory=memory), None
        fresh = Memory(
            validators=response.validators,
            body=hashlib.sha256(response.body).hexdigest(),
            moved_to=response.moved_to or memory.moved_to,
        )
        if fresh.body == memory.body:
            return _Visit(request=request, memory=fresh), None
        listing = puller.parsers.parse(response, source)
    except SourceError as error:
        gone = isinstance(error, FetchError) and error.gone
        kept = replace(memory, gone=True) if gone else memory
        return _Visit(request=request, memory=kept, error=error), None
    page = Page(request=request, response=response, entries=len(listing.entries))
    return _Visit(request=request, memory=fresh, listing=listing), page


def _may_be_asked(
    source: Source,
    request: Request,
    memory: Memory,
    holds: Mapping[str, datetime],
    puller: Puller,
) -> None:
    """Refuse to ask an address that is gone, or a host that asked to be left alone.

    Raises:
        FetchError: it may not be asked now.
    """
    if memory.gone and not puller.at_once:
        cure = "remove the source, give its new url, or ask once more with --source"
        raise FetchError(source.name, "is gone for good (410)", cure, state=coverage.REFUSED)
    until = manners.held(urlsplit(request.url).hostname or "", holds.items(), puller.now)
    if until:
        fault = f"asked to be left alone until {until:%Y-%m-%d %H:%M} UTC"
        raise FetchError(source.name, fault, state=coverage.REFUSED)


def _settle(tour: _Tour, puller: Puller) -> Pulled:
    """Store one source's entries, then what is to be remembered of it."""
    store, now = puller.store, puller.now
    entries = [entry for listing in tour.listings for entry in listing.entries]
    kept = store.entries.keep(entries, now)
    for error in tour.errors:
        if isinstance(error, FetchError) and error.hold:
            until = now + timedelta(seconds=error.hold.seconds)
            store.sources.hold(manners.concerned(error.hold.host), until)
    seen = len(entries), len(kept.new), len(kept.updated)
    if len(tour.errors) == len(tour.visits) and tour.errors:
        state = _failed(tour, now)
    else:
        state = _succeeded(tour, entries, len(kept.new), now)
    store.sources.put(state)
    return Pulled(
        source=state.source,
        state=state.state,
        detail=state.detail,
        entries=seen[0],
        new=seen[1],
        updated=seen[2],
        failed=state.state in coverage.BROKEN or bool(tour.errors),
    )


def _memory(tour: _Tour) -> dict[str, Memory]:
    """Give what is remembered of the source's addresses; pages of days gone by are not."""
    standing = {r.place for r in sources.adapter(tour.source.kind).requests(tour.source)}
    known = {place: m for place, m in tour.state.memory.items() if place in standing}
    return known | {
        visit.request.place: visit.memory
        for visit in tour.visits
        if visit.request.place in standing
    }


def _failed(tour: _Tour, now: datetime) -> SourceState:
    """Keep what was known, and leave the source alone for ever longer."""
    before, error = tour.state, tour.errors[0]
    failures = before.failures + 1
    wait = manners.backoff(failures, tour.source.name)
    return replace(
        before,
        state=error.state,
        detail=advice(error),
        last_attempt=now,
        failures=failures,
        failing_since=before.failing_since or now,
        next_fetch=now + wait if wait and tour.source.kind not in {"file", "command"} else None,
        memory=_memory(tour),
    )


def _succeeded(tour: _Tour, entries: Sequence[Entry], new: int, now: datetime) -> SourceState:
    """Judge how the source stands, and remember how far it is stored."""
    before = tour.state
    rhythm = sources.adapter(tour.source.kind).rhythm
    notes = dict.fromkeys(note for listing in tour.listings for note in listing.notes)
    highest = max((e.id for e in entries if e.id.startswith("arxiv:")), default="")
    observation = coverage.Observation(
        entries=len(entries),
        new=new,
        unchanged=not tour.listings,
        highest=max(highest, before.highest).removeprefix("arxiv:"),
        due=rhythm.due(now) if rhythm and before.last_success else None,
        last_new=before.last_new,
        ever_gave=before.last_new is not None,
        faults=(*map(advice, tour.errors), *notes),
    )
    state, detail = coverage.judge(observation)
    whole = rhythm is not None and not tour.errors and (entries or before.covered)
    return replace(
        before,
        state=state,
        detail=detail,
        last_attempt=now,
        last_success=now,
        last_new=now if new else before.last_new,
        next_fetch=None,
        failures=0,
        failing_since=None,
        raised=False,
        highest=max(highest, before.highest),
        covered=rhythm.day(now) if whole and rhythm else before.covered,
        memory=_memory(tour),
    )


def advice(error: SourceError) -> str:
    """Give what went wrong and the cure, without the source's name."""
    return f"{error.fault}; {error.cure}" if error.cure else error.fault


def read_listings(
    paths: Iterable[str], fetcher: Fetcher, parsers: Parsers
) -> tuple[tuple[Entry, ...], list[SourceError]]:
    """Read listing files of any format, merged by identity; the bad ones are named."""
    entries: list[Entry] = []
    errors: list[SourceError] = []
    for path in paths:
        source = Source(name=path, kind="file")
        try:
            response = fetcher.fetch(Request(path=path), path)
            entries.extend(parsers.parse(response, source).entries)
        except SourceError as error:
            errors.append(error)
    return identity.unite(entries), errors
