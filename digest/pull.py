"""Pulls sources: asked and parsed side by side, stored in order, each one's state written down.

A source that fails is named and does not stop the others. What is remembered of an address is
written only after its entries are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from digest import coverage, manners, merging, sources
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
from digest.visit import Puller, Tour, tours

_LASTING = frozenset({coverage.PARTIAL, coverage.EMPTY_UNEXPECTED, coverage.EMPTY_EXPECTED})
_FLEETING = coverage.BROKEN | {coverage.STALE}


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
    for come in tours(open_to, puller, holds):
        with puller.store.transaction():
            results |= {tour.source.name: _settle(tour, puller) for tour in come}
    return [results[source.name] for source in configured]


def _left_alone(state: SourceState, until: datetime) -> Pulled:
    detail = f"{state.detail}; it is asked again after {until:%Y-%m-%d %H:%M} UTC"
    return Pulled(source=state.source, state=state.state, detail=detail, failed=True)


def _settle(tour: Tour, puller: Puller) -> Pulled:
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
        state = _succeeded(tour, entries, frozenset(kept.new), now)
    store.sources.put(state)
    store.days.note_source(
        state.source, now.date(), new=len(kept.new), doubtful=state.state in coverage.DOUBTFUL
    )
    return Pulled(
        source=state.source,
        state=state.state,
        detail=state.detail,
        entries=seen[0],
        new=seen[1],
        updated=seen[2],
        failed=state.state in coverage.BROKEN or bool(tour.errors),
    )


def _memory(tour: Tour) -> dict[str, Memory]:
    """Give what is remembered of the source's addresses; pages of days gone by are not."""
    standing = {r.place for r in sources.adapter(tour.source.kind).requests(tour.source)}
    known = {place: m for place, m in tour.state.memory.items() if place in standing}
    return known | {
        visit.request.place: visit.memory
        for visit in tour.visits
        if visit.request.place in standing
    }


def _failed(tour: Tour, now: datetime) -> SourceState:
    """Keep what was known, and leave the source alone for ever longer."""
    before, error = tour.state, tour.errors[0]
    asked_to_wait = isinstance(error, FetchError) and (error.held or error.hold is not None)
    failures = before.failures + (not asked_to_wait)
    wait = timedelta() if asked_to_wait else manners.backoff(failures, tour.source.name)
    held = isinstance(error, FetchError) and error.held
    return replace(
        before,
        state=error.state,
        detail=advice(error),
        last_attempt=now,
        failures=failures,
        failing_since=before.failing_since or (None if held else now),
        next_fetch=now + wait if wait and tour.source.kind not in {"file", "command"} else None,
        memory=_memory(tour),
    )


def _succeeded(
    tour: Tour, entries: Sequence[Entry], new: frozenset[str], now: datetime
) -> SourceState:
    """Judge how the source stands, and remember how far it is stored."""
    before = tour.state
    rhythm = sources.adapter(tour.source.kind).rhythm
    notes = dict.fromkeys(note for listing in tour.listings for note in listing.notes)
    remarks = dict.fromkeys(said for listing in tour.listings for said in listing.remarks)
    highest = max((e.id for e in entries if e.id.startswith("arxiv:")), default="")
    observation = coverage.Observation(
        entries=len(entries),
        new=len(new),
        unchanged=not tour.listings,
        highest=max(highest, before.highest).removeprefix("arxiv:"),
        due=rhythm.due(now) if rhythm and before.last_success else None,
        last_new=before.last_new,
        ever_gave=before.last_new is not None,
        faults=(*map(advice, tour.errors), *notes),
        remarks=tuple(remarks),
    )
    state, detail = coverage.judge(observation)
    if state == coverage.UNCHANGED and not tour.listings:
        # The same content is as doubtful as it was, and as odd.
        state = before.state if before.state in _LASTING else state
        detail = before.detail if before.state not in _FLEETING else ""
    doubted = bool(tour.errors) or state in coverage.SILENT
    return replace(
        before,
        state=state,
        detail=detail,
        last_attempt=now,
        last_success=now,
        last_new=now if new else before.last_new,
        next_fetch=None,
        failures=0,
        failing_since=(before.failing_since or now) if doubted else None,
        raised=before.raised and doubted,
        highest=max(highest, before.highest),
        covered=_covered(tour, new, now),
        memory=_memory(tour),
    )


def _covered(tour: Tour, new: frozenset[str], now: datetime) -> date | None:
    """Give the last day of which all is stored.

    The missed days that were asked for, if all answered whole; and the newest, once the listing
    itself brought something new: a stale or empty one does not show that its day is there.
    """
    rhythm = sources.adapter(tour.source.kind).rhythm
    before = tour.state.covered
    if rhythm is None or tour.errors or any(listing.cut for listing in tour.listings):
        return before
    standing = {r.place for r in sources.adapter(tour.source.kind).requests(tour.source)}
    listed = (
        entry.id in new
        for visit in tour.visits
        if visit.request.place in standing and visit.listing
        for entry in visit.listing.entries
    )
    days = [before, *tour.missed, rhythm.day(now) if any(listed) else None]
    return max((day for day in days if day is not None), default=None)


def advice(error: SourceError) -> str:
    """Give what went wrong and the cure, without the source's name."""
    return f"{error.fault}; {error.cure}" if error.cure else error.fault


def read_listings(
    paths: Iterable[str], fetcher: Fetcher, parsers: Parsers
) -> tuple[tuple[Entry, ...], list[SourceError], list[str]]:
    """Read listing files of any format, merged by identity.

    Gives the entries, the errors of those that are no listing, and notes on what was odd.
    """
    entries: list[Entry] = []
    errors: list[SourceError] = []
    notes: list[str] = []
    for path in paths:
        source = Source(name=path, kind="file")
        try:
            response = fetcher.fetch(Request(path=path), path)
            listing = parsers.parse(response, source)
            entries.extend(listing.entries)
            notes.extend(f"{path}: {note}" for note in listing.notes)
        except SourceError as error:
            errors.append(error)
    return merging.unite(entries), errors, notes


def tried(source: Source, fetcher: Fetcher, parsers: Parsers) -> Listing:
    """Fetch and parse one source without storing anything.

    Raises:
        SourceError: it gave nothing that can be used.
    """
    adapter = sources.adapter(source.kind)
    listings = [
        parsers.parse(fetcher.fetch(request, source.name, pace=adapter.pace), source)
        for request in adapter.requests(source)
    ]
    entries = tuple(entry for listing in listings for entry in listing.entries)
    return Listing(source=source.name, entries=entries)
