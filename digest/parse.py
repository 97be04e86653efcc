"""Parses listings in worker processes, under a limit of time and memory.

A parser that hangs or swells on hostile bytes ends with its process; the pass goes on. Run as
``python -m digest.parse`` this is such a worker: it answers (response, source) with a Listing or
the error.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from types import TracebackType
from typing import Self

from digest import sources
from digest.confined import Allowance, OverspentError, Workers, serve
from digest.errors import ListingError, SourceError
from digest.model import Listing, Response, Source
from digest.sources._dates import believed
from digest.sources._tree import breaks_off


def parse(response: Response, source: Source) -> Listing:
    """Parse a response with its source's adapter, in this process.

    Raises:
        SourceError: it is no listing. A fault of the parser itself is one too: no bytes a
            source can send may end the run.
    """
    try:
        listing = sources.adapter(source.kind).parse(response, source)
        if listing.notes and breaks_off(response.body):
            listing = replace(listing, cut=True)
        return believed(listing, response.fetched_at)
    except SourceError:
        raise
    except MemoryError:
        raise
    except Exception as error:
        fault = f"cannot be read ({type(error).__name__}: {error})"
        raise ListingError(source.name, fault, "tell the listing's publisher") from error


class Parsers:
    """A few workers, shared by threads; used as a context, which ends them."""

    def __init__(self, allowance: Allowance, workers: int = 3) -> None:
        """Start nothing yet; at most ``workers`` run at once.

        One more than two cores can serve: while one waits for its answer to be taken and the next
        listing to be given, by a parent that is busy storing, the others work.
        """
        self._workers = Workers("digest.parse", allowance, workers)

    def __enter__(self) -> Self:
        """Give the parsers."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all workers."""
        self._workers.__exit__(kind, error, trace)

    def parse(self, response: Response, source: Source) -> Listing:
        """Parse a response, waiting for a free worker.

        Raises:
            SourceError: it is no listing, or costs more than is allowed.
        """
        try:
            answer = self._workers.ask((response, source))
        except OverspentError as over:
            cure = "raise [parse] if the source is to be trusted"
            raise ListingError(source.name, str(over), cure) from None
        assert isinstance(answer, Listing | SourceError)  # noqa: S101 the worker sends nothing else
        if isinstance(answer, SourceError):
            raise answer
        return answer


def _answered(request: tuple[Response, Source]) -> Listing | SourceError:
    try:
        return parse(*request)
    except SourceError as error:
        return error


def _prepare() -> None:
    """Load what the parser itself needs: it is not the listing's."""
    sources.adapters()
    import feedparser  # noqa: F401 loaded for later
    import nh3  # noqa: F401 loaded for later


if __name__ == "__main__":
    serve(_answered, _prepare, int(sys.argv[1]))
