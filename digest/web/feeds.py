"""A subscriber's matches as feeds, at an address that opens nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest import archive, syndication
from digest.language import language
from digest.links import FEED, PageLinks
from digest.model import Status, Subscriber
from digest.store import Store
from digest.syndication import Feed
from digest.web.readers import Readers

_EDITIONS_MOST, _ENTRIES_MOST = 30, 200
_KINDS: dict[str, tuple[str, Callable[[Feed], bytes]]] = {
    "atom.xml": (syndication.ATOM, syndication.atom),
    "feed.json": (syndication.JSON_FEED, syndication.json_feed),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feeds:
    """Answers for the addresses that feed readers keep."""

    readers: Readers
    links: PageLinks

    def routes(self, prefix: str) -> list[Route]:
        """Give the routes of both kinds."""
        return [
            Route(f"{prefix}/{FEED}/{{token}}/{name}", self.feed, name=f"feed {name}")
            for name in _KINDS
        ]

    async def feed(self, request: Request) -> Response:
        """Give the feed, or that it has not changed (RFC 9110 section 13.1.2)."""
        subscriber_id = self.readers.of_feed(request)
        name = request.url.path.rpartition("/")[2]
        media_type, write = _KINDS[name]

        def make(store: Store, subscriber: Subscriber) -> Response:
            if subscriber.status is Status.UNSUBSCRIBED:
                # Nothing will come any more; a reader that hears so stops asking.
                return self.readers.pages.refused(410)
            words = language(subscriber.profile.language)
            feed = Feed(
                title=self.readers.app.look.title,
                url=f"{self.links.feed(subscriber.id)}/{name}",
                words=words,
                matches=archive.matches(store, subscriber, _EDITIONS_MOST, _ENTRIES_MOST),
            )
            body = write(feed)
            tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
            if tag in request.headers.get("if-none-match", ""):
                return Response(status_code=304, headers={"ETag": tag})
            answer = self.readers.pages.file(body, media_type)
            answer.headers.update({"ETag": tag, "Cache-Control": "private, no-cache"})
            return answer

        return await self.readers.answer(subscriber_id, make)
