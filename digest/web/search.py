"""Search over all entries, for who has an archive's link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest import query
from digest.errors import QueryError
from digest.links import ARCHIVE
from digest.model import Subscriber
from digest.store import Store
from digest.web.limits import Limiter, Rate
from digest.web.listed import Leaf, Row, leaf_of, rows
from digest.web.readers import Reader, Readers

_ENTRIES_MOST = 20  # on a page
_LEAVES_MOST = 50
_SECONDS_MOST = 2.0
_ONLY = Leaf(number=1, more=False)
_RATE = Rate(burst=30, per_second=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Answers what is looked for; a search costs more than a page, and has a rate of its own."""

    readers: Readers
    prefix: str
    searches: Limiter = field(default_factory=lambda: Limiter(_RATE))

    def routes(self, prefix: str) -> list[Route]:
        """Give the one route; it stands before those of the archive's days."""
        return [Route(f"{prefix}/{ARCHIVE}/{{token}}/search", self.search, name="search")]

    async def search(self, request: Request) -> Response:
        """Show the form, and what is found."""
        reader = self.readers.of(request)
        number = leaf_of(request, _LEAVES_MOST)
        words = request.query_params.get("q", "").strip()
        if not words:
            return self._page(reader, words="")
        self.searches.check(reader.subscriber_id)

        def make(store: Store, subscriber: Subscriber) -> Response:
            start = (number - 1) * _ENTRIES_MOST
            try:
                found = store.index.search(
                    query.parse(words), _ENTRIES_MOST + 1, start, _SECONDS_MOST
                )
            except QueryError as error:
                return self._page(reader, words=words, fault=str(error))
            entries = [entry for entry, _ in found[:_ENTRIES_MOST]]
            if number > 1 and not entries:
                raise HTTPException(404)
            sent = store.sent.shown(subscriber.id, [entry.id for entry in entries])
            more = len(found) > _ENTRIES_MOST and number < _LEAVES_MOST
            return self._page(
                reader,
                words=words,
                found=rows(entries, self.readers.app.look, sent),
                leaf=Leaf(number=number, more=more),
            )

        return await self.readers.answer(reader.subscriber_id, make)

    def _page(
        self,
        reader: Reader,
        *,
        words: str,
        fault: str = "",
        found: Sequence[Row] | None = None,
        leaf: Leaf = _ONLY,
    ) -> Response:
        return self.readers.pages.page(
            "search",
            "Search",
            400 if fault else 200,
            here=f"{self.prefix}/{ARCHIVE}/{reader.token}",
            words=words,
            fault=fault,
            found=found,
            leaf=leaf,
            wide=True,
        )
