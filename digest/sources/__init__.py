"""The seam for listings: one file a source, each a pure parser of bytes.

A module here that defines ``ADAPTER`` is a source kind of the module's name; nothing else
need be edited. Modules whose name starts with an underscore read formats that several share.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from digest.model import Listing, Request, Response, Source


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """How one kind of source is asked and read.

    ``options`` is the frozen dataclass of what ``[[source]]`` may set for it; a field of type
    ``Path`` is taken relative to the configuration file. ``requests`` lists what to ask for.
    ``recognises`` says how surely bytes from disk are of this kind: 0 no, 1 perhaps, 2
    certainly. ``parse`` reads a response; it raises ListingError for what is no listing.
    ``pace`` is the least number of seconds between two requests to one host.
    """

    options: type
    requests: Callable[[Source], tuple[Request, ...]]
    recognises: Callable[[bytes], int]
    parse: Callable[[Response, Source], Listing]
    pace: float = 0.0


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
