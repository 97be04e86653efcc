"""The archive: a subscriber's digests as they were sent, and all that came in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest import archive
from digest.archive import Archived, Facsimiles
from digest.bibliography import writing
from digest.links import ARCHIVE, PageLinks
from digest.model import Entry, Subscriber
from digest.store import Store
from digest.web.listed import ENGLISH, Leaf, leaf_of, rows
from digest.web.pages import Allowance
from digest.web.readers import Reader, Readers

_DIGESTS_MOST, _ENTRIES_MOST = 50, 50  # on a page
_LEAVES_MOST = 200
_WRITERS: dict[str, tuple[str, Callable[[list[Entry]], str]]] = {
    "bib": (writing.BIBTEX, writing.bibtex),
    "ris": (writing.RIS, writing.ris),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Answers for the links that read; ``here`` is the path below which they are."""

    readers: Readers
    links: PageLinks
    facsimiles: Facsimiles
    prefix: str

    def routes(self, prefix: str) -> list[Route]:
        """Give the routes below ``prefix``."""
        here = f"{prefix}/{ARCHIVE}/{{token}}"
        return [
            Route(here, self.digests, name="archive"),
            Route(f"{here}/{{day}}", self.edition, name="archive digest"),
            Route(f"{here}/{{day}}/mail", self.mail, name="archive mail"),
            Route(f"{here}/{{day}}/all", self.came_in, name="archive all"),
            Route(f"{here}/{{day}}/digest.{{kind}}", self.download, name="archive download"),
        ]

    def _here(self, reader: Reader) -> str:
        return f"{self.prefix}/{ARCHIVE}/{reader.token}"

    async def digests(self, request: Request) -> Response:
        """List the digests, by date."""
        reader, number = self.readers.of(request), leaf_of(request, _LEAVES_MOST)

        def make(store: Store, subscriber: Subscriber) -> Response:
            start = (number - 1) * _DIGESTS_MOST
            found = store.sent.list(subscriber.id, _DIGESTS_MOST + 1, start)
            return self.readers.pages.page(
                "digests",
                "Your digests",
                here=self._here(reader),
                feed=self.links.feed(subscriber.id),
                digests=[(one, ENGLISH.long_date(one.day)) for one in found[:_DIGESTS_MOST]],
                leaf=Leaf(number=number, more=len(found) > _DIGESTS_MOST),
                wide=True,
            )

        return await self.readers.answer(reader.subscriber_id, make)

    async def edition(self, request: Request) -> Response:
        """Show a digest, in a frame, with its neighbours beside it."""

        def make(reader: Reader, store: Store, found: Archived) -> Response:
            del store
            sent = found.sent
            return self.readers.pages.page(
                "edition",
                ENGLISH.long_date(sent.day),
                allow=[Allowance.FRAME],
                here=self._here(reader),
                day=sent.day,
                previous=sent.previous,
                following=sent.following,
                subject=found.digest.subject,
                wanting=found.wanting,
                restricted=sent.day > reader.issued,
                wide=True,
            )

        return await self._of_day(request, make)

    async def mail(self, request: Request) -> Response:
        """Give the mail itself, which can do nothing.

        A link of a mail opens no more than that mail did: later ones are shown without the links
        that change a subscription, which outlive it.
        """

        def make(reader: Reader, store: Store, found: Archived) -> Response:
            del store
            whole = found.sent.day <= reader.issued
            return self.readers.pages.mail(self.facsimiles.html(found, links=whole))

        return await self._of_day(request, make)

    async def came_in(self, request: Request) -> Response:
        """List all that came in between the digest before and this one."""
        number = leaf_of(request, _LEAVES_MOST)

        def make(reader: Reader, store: Store, found: Archived) -> Response:
            until = found.sent.planned_at
            since = until - timedelta(days=self.readers.app.window.days)
            if found.sent.previous:
                before = store.sent.get(found.subscriber.id, found.sent.previous)
                since = before.planned_at if before else since
            start = (number - 1) * _ENTRIES_MOST
            entries = store.entries.between(since, until, _ENTRIES_MOST + 1, start)
            page = entries[:_ENTRIES_MOST]
            sent = store.sent.shown(found.subscriber.id, [entry.id for entry in page])
            return self.readers.pages.page(
                "all",
                f"All that came in, {ENGLISH.long_date(found.sent.day)}",
                here=self._here(reader),
                day=found.sent.day,
                rows=rows(page, self.readers.app.look, sent),
                leaf=Leaf(number=number, more=len(entries) > _ENTRIES_MOST),
                wide=True,
            )

        return await self._of_day(request, make)

    async def download(self, request: Request) -> Response:
        """Give the entries of a digest for a library, as BibTeX or RIS."""
        kind = request.path_params["kind"]
        if kind not in _WRITERS:
            raise HTTPException(404)
        media_type, write = _WRITERS[kind]

        def make(reader: Reader, store: Store, found: Archived) -> Response:
            del reader, store
            text = write([match.entry for match in found.digest.shown])
            return self.readers.pages.file(
                text.encode(), media_type, f"digest-{found.sent.day}.{kind}"
            )

        return await self._of_day(request, make)

    async def _of_day(
        self, request: Request, make: Callable[[Reader, Store, Archived], Response]
    ) -> Response:
        """Have an answer made of the digest of a day, or say that there is none."""
        reader = self.readers.of(request)
        try:
            day = date.fromisoformat(request.path_params["day"])
        except ValueError:
            raise HTTPException(404) from None

        def find(store: Store, subscriber: Subscriber) -> Response:
            found = archive.read(store, subscriber, day)
            if found is not None:
                return make(reader, store, found)
            before = store.pruning.before
            return self.readers.pages.page(
                "nothing",
                ENGLISH.long_date(day),
                404,
                here=self._here(reader),
                before=ENGLISH.long_date(before) if before and day < before else "",
            )

        return await self.readers.answer(reader.subscriber_id, find)
