"""Pulls sources: fetched side by side, parsed, stored, and each one's state written down.

A source that fails is named and does not stop the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from digest import identity, sources
from digest.errors import FetchError, ListingError, SourceError, UnknownError
from digest.fetch import Fetcher
from digest.model import Entry, Listing, Request, Response, Source, SourceState, Validators
from digest.store import Store

_AT_ONCE = 8


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
class _Answer:
    """What came for one source: responses in the order asked, or the error that ended it."""

    source: Source
    responses: tuple[Response, ...] = ()
    error: SourceError | None = None


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


def pull(
    configured: Sequence[Source], fetcher: Fetcher, store: Store, now: datetime
) -> list[Pulled]:
    """Fetch what may be fetched now, and store what came."""
    states = store.sources.all()
    waiting = {
        source.name: state
        for source in configured
        if (state := states.get(source.name)) and state.next_fetch and state.next_fetch > now
    }
    open_to = [source for source in configured if source.name not in waiting]
    results = {
        source.name: Pulled(
            source=source.name,
            state=waiting[source.name].state,
            detail=f"left alone until {waiting[source.name].next_fetch:%Y-%m-%d %H:%M} UTC, "
            "as it asked",
            failed=True,
        )
        for source in configured
        if source.name in waiting
    }
    for answer in _fetch_all(open_to, fetcher, states):
        state = states.get(answer.source.name) or SourceState(source=answer.source.name)
        results[answer.source.name] = _store(answer, state, store, now)
    return [results[source.name] for source in configured]


def _fetch_all(
    configured: Sequence[Source], fetcher: Fetcher, states: Mapping[str, SourceState]
) -> Iterator[_Answer]:
    """Ask all sources side by side; answers come in the order of the sources."""
    if not configured:
        return
    with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(configured))) as threads:
        yield from threads.map(lambda source: _fetch(source, fetcher, states), configured)


def _fetch(source: Source, fetcher: Fetcher, states: Mapping[str, SourceState]) -> _Answer:
    adapter = sources.adapter(source.kind)
    state = states.get(source.name) or SourceState(source=source.name)
    responses: list[Response] = []
    try:
        for request in adapter.requests(source):
            validators = state.validators.get(request.place, Validators())
            responses.append(fetcher.fetch(request, source.name, validators, adapter.pace))
    except SourceError as error:
        return _Answer(source=source, responses=tuple(responses), error=error)
    return _Answer(source=source, responses=tuple(responses))


def _store(answer: _Answer, state: SourceState, store: Store, now: datetime) -> Pulled:
    """Parse and store one source's answer; validators are kept only with its entries."""
    name = answer.source.name
    requests = sources.adapter(answer.source.kind).requests(answer.source)
    listings: list[Listing] = []
    validators = dict(state.validators)
    error = answer.error
    for request, response in zip(requests, answer.responses, strict=False):
        if response.unchanged:
            continue
        try:
            listings.append(parse(response, answer.source))
            validators[request.place] = response.validators
        except SourceError as refused:
            error = error or refused
    entries = [entry for listing in listings for entry in listing.entries]
    kept = store.entries.keep(entries, now)
    changed = f"{len(kept.new)} new, {len(kept.updated)} updated"
    notes = "; ".join(dict.fromkeys(note for listing in listings for note in listing.notes))
    if error is not None:
        detail = _advice(error) + (f" ({changed} from the rest)" if entries else "")
        _remember_failure(store, replace(state, validators=validators), error, detail, now)
        return Pulled(
            source=name,
            state=error.state,
            detail=detail,
            entries=len(entries),
            new=len(kept.new),
            updated=len(kept.updated),
            failed=True,
        )
    went = "new" if kept.new else "unchanged" if entries or not listings else "empty"
    store.sources.put(
        SourceState(
            source=name,
            state=went,
            detail=notes,
            last_attempt=now,
            last_success=now,
            validators=validators,
        )
    )
    return Pulled(
        source=name,
        state=went,
        detail=notes,
        entries=len(entries),
        new=len(kept.new),
        updated=len(kept.updated),
    )


def _advice(error: SourceError) -> str:
    return f"{error.fault}; {error.cure}" if error.cure else error.fault


def _remember_failure(
    store: Store, state: SourceState, error: SourceError, detail: str, now: datetime
) -> None:
    """Keep what was known of the source, and when it may be asked again."""
    wait = error.hold.seconds if isinstance(error, FetchError) and error.hold else None
    store.sources.put(
        replace(
            state,
            state=error.state,
            detail=detail,
            last_attempt=now,
            failures=state.failures + 1,
            next_fetch=now + timedelta(seconds=wait) if wait else None,
        )
    )


def parse(response: Response, source: Source) -> Listing:
    """Parse a response with its source's adapter.

    Raises:
        SourceError: it is no listing. A fault of the parser itself is one too: no bytes a
            source can send may end the run.
    """
    try:
        return sources.adapter(source.kind).parse(response, source)
    except SourceError:
        raise
    except Exception as error:
        fault = f"cannot be read ({type(error).__name__}: {error})"
        raise ListingError(source.name, fault, "tell the listing's publisher") from error


def read_listings(
    paths: Iterable[str], fetcher: Fetcher
) -> tuple[tuple[Entry, ...], list[SourceError]]:
    """Read listing files of any format, merged by identity; the bad ones are named."""
    entries: list[Entry] = []
    errors: list[SourceError] = []
    for path in paths:
        source = Source(name=path, kind="file")
        try:
            response = fetcher.fetch(Request(path=path), path)
            entries.extend(parse(response, source).entries)
        except SourceError as error:
            errors.append(error)
    return identity.unite(entries), errors
