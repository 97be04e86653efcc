"""A listing on this machine's disk, in any format that a source takes, told apart by content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from digest.errors import ListingError
from digest.model import Listing, Request, Response, Source
from digest.sources import Adapter, _savedpage, adapter, kinds
from digest.sources._describe import describe


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """``path``: the file, relative to the configuration."""

    path: Path


def requests(source: Source) -> tuple[Request, ...]:
    """Read the file."""
    assert isinstance(source.options, Options)  # noqa: S101 configured by this very adapter
    return (Request(path=str(source.options.path)),)


def recognises(body: bytes) -> int:
    """Recognise a saved Daily Papers page, the one format that has no source of its own."""
    return _savedpage.looks_saved(body)


def parse(response: Response, source: Source) -> Listing:
    """Let the kind that recognises the bytes most surely read them.

    Raises:
        ListingError: no kind does; the message says what was found.
    """
    sureness = {kind: adapter(kind).recognises(response.body) for kind in kinds()}
    kind = max(sureness, key=lambda name: sureness[name])
    if not sureness[kind]:
        raise ListingError(
            source.name,
            f"is not a listing but {describe(response.body)}",
            "give RSS, Atom, RDF, JSON Feed, Daily Papers JSON or a saved Daily Papers page",
        )
    if kind == "file":
        listing = _savedpage.parse(response, source)
        if not listing.entries:
            raise ListingError(
                source.name,
                f"is not a listing but {describe(response.body)}",
                "a saved Daily Papers page has titles, each followed by its abstract",
            )
        return listing
    return adapter(kind).parse(response, source)


ADAPTER = Adapter(options=Options, requests=requests, recognises=recognises, parse=parse)
