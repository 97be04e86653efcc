"""Says whose link it is that somebody follows, and opens the database for the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from digest import archive
from digest.app import App
from digest.model import Subscriber
from digest.store import Store
from digest.tokens import Purpose, Tokens
from digest.web.limits import Limiter, Rate, client
from digest.web.pages import Pages

# Programs that scan mails follow all links of many mails within seconds, from one address.
_CLIENT = Rate(burst=600, per_second=20)
_SUBSCRIBER = Rate(burst=600, per_second=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who bears the link: a subscriber's id, the ``token``, and the day of the mail it came in."""

    subscriber_id: str
    token: str
    issued: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Knows readers by the tokens in their links."""

    pages: Pages
    tokens: Tokens
    app: App
    clients: Limiter = field(default_factory=lambda: Limiter(_CLIENT))
    subscribers: Limiter = field(default_factory=lambda: Limiter(_SUBSCRIBER))

    def of(self, request: Request) -> Reader:
        """Read the token of an archive's link.

        Raises:
            HTTPException: it is not ours (404), or asked too often (429).
            ExpiredError: its time is over.
        """
        self.clients.check(client(request))
        token = request.path_params["token"]
        parts = self.tokens.read_until(Purpose.ARCHIVE, token, self.app.now().date())
        if not parts:
            raise HTTPException(404)
        subscriber_id, issued = parts
        self.subscribers.check(subscriber_id)
        return Reader(subscriber_id=subscriber_id, token=token, issued=date.fromisoformat(issued))

    def of_feed(self, request: Request) -> str:
        """Read the token of a feed's address: gives the subscriber's id.

        Raises:
            HTTPException: it is not ours (404), or asked too often (429).
        """
        self.clients.check(client(request))
        parts = self.tokens.read(Purpose.FEED, request.path_params["token"])
        if not parts:
            raise HTTPException(404)
        self.subscribers.check(parts[0])
        return parts[0]

    async def answer(
        self, subscriber_id: str, make: Callable[[Store, Subscriber], Response]
    ) -> Response:
        """Have an answer made in a thread, over a connection of this request's own."""
        return await run_in_threadpool(self._made, subscriber_id, make)

    def _made(self, subscriber_id: str, make: Callable[[Store, Subscriber], Response]) -> Response:
        with self.app.store(create=False) as store:
            subscriber = archive.known(store, subscriber_id)
            return make(store, subscriber) if subscriber else self.pages.refused(404)
