"""Unsubscribing: a page with a button, and one-click from within mail programs (RFC 8058)."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest import subscriptions
from digest.app import App
from digest.links import UNSUBSCRIBE
from digest.tokens import Purpose, Tokens
from digest.web.pages import Pages

# The body of a one-click request, and what the button sends too.
FIELD, WORD = "List-Unsubscribe", "One-Click"
_FIELDS_MOST = 10
_log = logging.getLogger("digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsubscribing:
    """Answers for the links of List-Unsubscribe."""

    pages: Pages
    tokens: Tokens
    app: App

    def routes(self, prefix: str) -> list[Route]:
        """Give the one route below ``prefix``: page and one-click share their address."""
        path = f"{prefix}/{UNSUBSCRIBE}/{{token}}"
        return [Route(path, self.answer, methods=["GET", "POST"], name=UNSUBSCRIBE)]

    async def answer(self, request: Request) -> Response:
        """Ask on GET, do it on POST."""
        subscriber_id = self._subscriber_id(request)
        if not subscriber_id:
            return self.pages.refused(404)
        if request.method != "POST":
            return self.pages.page("unsubscribe", "Unsubscribe?")
        async with request.form(max_files=0, max_fields=_FIELDS_MOST) as form:
            if form.get(FIELD) != WORD:
                return self.pages.refused(400)
        return await run_in_threadpool(self._stop, subscriber_id)

    def _subscriber_id(self, request: Request) -> str:
        parts = self.tokens.read(Purpose.UNSUBSCRIBE, request.path_params["token"])
        return parts[0] if parts else ""

    def _stop(self, subscriber_id: str) -> Response:
        """Write it down, over a connection of this request's own."""
        with self.app.store(create=False) as store:
            change = subscriptions.stop_subscriber(store, subscriber_id, self.app.now())
        if change is None:
            return self.pages.refused(404)
        _log.info("%s: %s", change.email, change.done)
        return self.pages.page("unsubscribed", "You are unsubscribed")
