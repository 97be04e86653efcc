"""Asks the addresses of sources, side by side: held back, fetched, followed, parsed.

Nothing is stored here; what is to be remembered of an address goes back with what it gave.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from digest import coverage, manners, sources
from digest.errors import FetchError, SourceError
from digest.fetch import Fetcher
from digest.model import Listing, Memory, Request, Source, SourceState, Validators
from digest.parse import Parsers
from digest.sources import Adapter, Page
from digest.store import Store

_AT_ONCE = 64
_PAGES_MOST = 40
_SAME_PAGE_MOST = 3


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
class Visit:
    """One address asked: what is to be remembered of it, and its listing or the error."""

    request: Request
    memory: Memory
    listing: Listing | None = None
    error: SourceError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """All addresses of one source, asked."""

    source: Source
    state: SourceState
    visits: tuple[Visit, ...]
    missed: tuple[date, ...] = ()
    listings: tuple[Listing, ...] = field(init=False)
    errors: tuple[SourceError, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Sort out what came."""
        listings = tuple(v.listing for v in self.visits if v.listing is not None)
        errors = tuple(v.error for v in self.visits if v.error is not None)
        object.__setattr__(self, "listings", listings)
        object.__setattr__(self, "errors", errors)


def tours(
    open_to: Sequence[tuple[Source, SourceState]],
    puller: Puller,
    holds: Mapping[str, datetime],
) -> Iterator[tuple[Tour, ...]]:
    """Ask all sources side by side; results come in the order of the sources.

    Each tuple holds what has come by then, so that it can be stored in one transaction.
    """
    if not open_to:
        return
    with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(open_to))) as threads:
        asked = deque(threads.submit(_tour, *row, puller, holds) for row in open_to)
        while asked:
            come = [asked.popleft().result()]
            while asked and asked[0].done():
                come.append(asked.popleft().result())
            yield tuple(come)


def _tour(
    source: Source, state: SourceState, puller: Puller, holds: Mapping[str, datetime]
) -> Tour:
    """Ask every address of one source; one that fails does not stop the next."""
    adapter = sources.adapter(source.kind)
    missed = _missed(adapter, state, puller)
    asked = [*adapter.requests(source), *adapter.catch_up(source, missed)]
    visits: list[Visit] = []
    for request in asked:
        visits.extend(_chain(source, request, state, puller, holds))
        last = visits[-1].error
        if isinstance(last, FetchError) and last.hold:
            break
    return Tour(source=source, state=state, visits=tuple(visits), missed=missed)


def _missed(adapter: Adapter, state: SourceState, puller: Puller) -> tuple[date, ...]:
    """List the days to be asked for again: those after the last that is wholly stored.

    The newest is in the listing itself, at a time when that lists it.
    """
    rhythm = adapter.rhythm
    if rhythm is None:
        return ()
    if puller.since is not None:
        return rhythm.days(puller.since - timedelta(days=1), puller.now)
    if state.covered is None:
        return ()
    earliest = rhythm.day(puller.now) - timedelta(days=puller.catch_up_days)
    days = rhythm.days(max(state.covered, earliest), puller.now)
    return days[:-1] if rhythm.listed(puller.now) else days


def _chain(
    source: Source,
    first: Request,
    state: SourceState,
    puller: Puller,
    holds: Mapping[str, datetime],
) -> list[Visit]:
    """Ask an address and all that follows; where that fails, the address is asked anew next time.

    Else its first page, unchanged, would hide that the others never came.
    """
    visits = list(_pages(source, first, state, puller, holds))
    if any(visit.error for visit in visits[1:]):
        before = state.memory.get(first.place, Memory())
        visits[0] = replace(visits[0], memory=replace(before, validators=Validators(), body=""))
    return visits


def _pages(
    source: Source,
    first: Request,
    state: SourceState,
    puller: Puller,
    holds: Mapping[str, datetime],
) -> Iterator[Visit]:
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
        if page is None:
            return
        try:
            request = adapter.follow(page)
        except FetchError as error:
            yield _broken_off(source, visit, error.fault)
            return
        if request is not None and times.get(request.place, 0) >= _SAME_PAGE_MOST:
            yield _broken_off(source, visit, f"a page came empty {_SAME_PAGE_MOST} times")
            return
    if request is not None:
        yield _broken_off(source, visit, f"there are more than {_PAGES_MOST} pages")


def _broken_off(source: Source, last: Visit, fault: str) -> Visit:
    """Say that the pages after the last one are missing."""
    return replace(last, listing=None, error=FetchError(source.name, fault))


def _visit(
    source: Source,
    request: Request,
    state: SourceState,
    puller: Puller,
    holds: Mapping[str, datetime],
) -> tuple[Visit, Page | None]:
    """Ask one address and parse what came, unless it is what came before."""
    memory = state.memory.get(request.place, Memory())
    asked = replace(request, url=memory.moved_to) if memory.moved_to else request
    adapter = sources.adapter(source.kind)
    try:
        _may_be_asked(source, asked, memory, holds, puller)
        try:
            response = puller.fetcher.fetch(asked, source.name, memory.validators, adapter.pace)
        except FetchError as refusal:
            if not memory.moved_to or not _missing_there(refusal):
                raise
            # It moved, they said, but is not there: the address that is configured may be right.
            memory = replace(memory, moved_to="", validators=Validators())
            response = puller.fetcher.fetch(request, source.name, pace=adapter.pace)
        if response.unchanged:
            moved = response.moved_to or memory.moved_to
            kept = replace(memory, gone=False, moved_to=moved)
            return Visit(request=request, memory=kept), None
        fresh = Memory(
            validators=response.validators,
            body=hashlib.sha256(response.body).hexdigest(),
            moved_to=response.moved_to or memory.moved_to,
        )
        if fresh.body == memory.body:
            return Visit(request=request, memory=fresh), None
        listing = puller.parsers.parse(response, source)
    except Exception as raised:  # noqa: BLE001 nothing that one source does may stop the others
        error = raised if isinstance(raised, SourceError) else _unforeseen(source, raised)
        gone = isinstance(error, FetchError) and error.gone
        kept = replace(memory, gone=True) if gone else memory
        return Visit(request=request, memory=kept, error=error), None
    if listing.cut:
        # The same answer is asked for again: the rest of it never came.
        fresh = Memory(moved_to=fresh.moved_to)
    page = Page(request=request, response=response, entries=len(listing.entries))
    return Visit(request=request, memory=fresh, listing=listing), page


def _missing_there(error: FetchError) -> bool:
    """Whether a host answered that it has no such page, and asks for nothing else."""
    asks = error.hold is not None or error.gone or error.held
    return error.state == coverage.REFUSED and not asks


def _unforeseen(source: Source, raised: Exception) -> FetchError:
    fault = f"could not be asked ({type(raised).__name__}: {raised})"
    return FetchError(source.name, fault, "report this")


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
        raise FetchError(source.name, fault, state=coverage.REFUSED, held=True)
