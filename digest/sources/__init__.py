"""The seam for listings: one file a source, each a pure parser of bytes.

A module here that defines ``ADAPTER`` is a source kind of the module's name; nothing else
need be edited. Modules whose name starts with an underscore read formats that several share.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from digest.model import Listing, Request, Response, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """When a kind of source brings something new.

    ``day`` names the last day that must be out at a time, ``due`` the instant at which it had to
    be, ``days`` all such days after a date, and ``listed`` whether the listing of a time holds
    the last of them.
    """

    day: Callable[[datetime], date]
    due: Callable[[datetime], datetime]
    days: Callable[[date, datetime], tuple[date, ...]]
    listed: Callable[[datetime], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answered request of a longer listing, with how many entries it held."""

    request: Request
    response: Response
    entries: int


def no_catch_up(source: Source, days: Sequence[date]) -> tuple[Request, ...]:
    """Have no way to ask for days gone by."""
    del source, days
    return ()


def one_page(page: Page) -> Request | None:
    """Have no further page."""
    del page
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """How one kind of source is asked and read.

    ``options`` is the frozen dataclass of what ``[[source]]`` may set for it; a field of type
    ``Path`` is taken relative to the configuration file. ``requests`` lists what to ask for.
    ``recognises`` says how surely bytes from disk are of this kind: 0 no, 1 perhaps, 2
    certainly. ``parse`` reads a response; it raises ListingError for what is no listing.
    ``pace`` is the least number of seconds between two requests to one service. ``rhythm`` is
    None where nobody knows when something new is due. ``catch_up`` asks for days gone by, and
    ``follow`` for the page after one.
    """

    options: type
    requests: Callable[[Source], tuple[Request, ...]]
    recognises: Callable[[bytes], int]
    parse: Callable[[Response, Source], Listing]
    pace: float = 0.0
    rhythm: Rhythm | None = None
    catch_up: Callable[[Source, Sequence[date]], tuple[Request, ...]] = no_catch_up
    follow: Callable[[Page], Request | None] = one_page


def kinds() -> tuple[str, ...]:
    """Name every kind of source there is."""
    return tuple(
        sorted(
            module.name
            for module in pkgutil.iter_modules(__path__)
            if not module.name.startswith("_")
        )
    )


@cache
def adapter(kind: str) -> Adapter:
    """Load the adapter of a ``kind``.

    Raises:
        KeyError: there is no such kind.
    """
    if kind not in kinds():
        raise KeyError(kind)
    loaded: Adapter = importlib.import_module(f"{__name__}.{kind}").ADAPTER
    return loaded


def adapters() -> Mapping[str, Adapter]:
    """Load all adapters, by kind."""
    return {kind: adapter(kind) for kind in kinds()}
