"""Subscribing: a form, a letter that asks to confirm, and the page that its link opens.

The page says the same of every address, and does the same: who it belongs to is looked at when the
letter is written.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from digest import enrolment, plan
from digest.errors import StoreError
from digest.links import CONFIRM, SUBSCRIBE
from digest.model import Subscriber
from digest.tokens import Purpose
from digest.web.desk import Desk, written
from digest.web.limits import Bound
from digest.web.typed import Block, Typed

_BLOCKS_MOST = 20
_HEADING = "Subscribe"
_log = logging.getLogger("digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribing:
    """Answers for the form, if it is open, and for the links of the letters."""

    desk: Desk
    asking: Bound = field(default_factory=lambda: Bound(each=30, everybody=300, seconds=3600))

    def routes(self, prefix: str) -> list[Route]:
        """Give the form, its matches, and the page that confirms."""
        confirm = Route(
            f"{prefix}/{CONFIRM}/{{token}}", self.confirm, methods=["GET", "POST"], name=CONFIRM
        )
        if not self.desk.app.config.web.signup:
            return [confirm]
        path = f"{prefix}/{SUBSCRIBE}"
        return [
            Route(f"{prefix}/", self.home, name="home"),
            Route(path, self.answer, methods=["GET", "POST"], name=SUBSCRIBE),
            Route(f"{path}/matches", self.matches, methods=["POST"], name="matches"),
            confirm,
        ]

    async def home(self, request: Request) -> Response:
        """Lead who has the bare address to the form."""
        del request
        return RedirectResponse(f"{self.desk.prefix}/{SUBSCRIBE}", HTTPStatus.SEE_OTHER)

    async def answer(self, request: Request) -> Response:
        """Show the form on GET; on POST do what its button says."""
        if request.method != "POST":
            return self._form(self._blank(), fresh=True)
        content, button, errors = await self.desk.read(request)
        content = replace(content, blocks=content.blocks[:_BLOCKS_MOST])
        if button == "add" and len(content.blocks) < _BLOCKS_MOST:
            added = replace(content, blocks=(*content.blocks, Block()))
            return self._form(added, errors=errors)
        if button == "matches":
            self.desk.trying.check(request)
            found, wrong = await self.desk.found(content)
            return self._form(content, errors=errors | wrong, found=found)
        reader, wrong = self.desk.profile(content)
        errors |= wrong
        if reader is None or errors:
            return self._form(content, errors=errors, status=422)
        try:
            self.asking.check(request)
        except HTTPException as refused:
            errors = {"": "That was asked too often. Try it again in a few minutes."}
            answer = self._form(content, errors=errors, status=refused.status_code)
            answer.headers.update(refused.headers or {})
            return answer
        return await run_in_threadpool(self._ask, reader, content)

    async def matches(self, request: Request) -> Response:
        """Answer with the matches alone, for the script."""
        return await self.desk.matches(request, most=_BLOCKS_MOST)

    def _blank(self) -> Typed:
        given = self.desk.app.defaults
        fields = {"timezone": given.timezone, "send_at": given.send_at}
        return Typed(fields=fields, days=given.days)

    def _form(self, content: Typed, **more: object) -> Response:
        shown = {"fresh": False, "matches": f"{self.desk.prefix}/subscribe/matches"}
        return self.desk.form("subscribe", _HEADING, content, **(shown | more))  # type: ignore[arg-type]  # found, errors and status are among them

    def _ask(self, reader: Subscriber, content: Typed) -> Response:
        try:
            with self.desk.app.store(create=False) as store:
                enrolment.ask(store, reader, self.desk.app.now())
        except StoreError as error:
            _log.error("not asked: %s", error)
            errors = {"": "The database cannot be reached. Try it again in a few minutes."}
            return self._form(content, errors=errors, status=503)
        return self.desk.page(
            "asked", "Look into your mailbox", email=reader.email, days=enrolment.LINK_DAYS
        )

    async def confirm(self, request: Request) -> Response:
        """Show on GET what a letter's link would confirm; do it on POST."""
        today = self.desk.app.now().date()
        parts = self.desk.tokens.read_until(Purpose.CONFIRM, request.path_params["token"], today)
        if not parts:
            return self.desk.pages.refused(404)
        if request.method == "POST":
            return await run_in_threadpool(self._confirm, parts[0])
        return await run_in_threadpool(self._asked, parts[0])

    def _asked(self, letter_id: str) -> Response:
        with self.desk.app.store(create=False) as store:
            letter = enrolment.asked(store, letter_id)
        reader = letter.subscriber if letter else None
        return self.desk.page("confirm", "Confirm the subscription", reader=reader)

    def _confirm(self, letter_id: str) -> Response:
        now = self.desk.app.now()
        with self.desk.app.store(create=False) as store:
            reader = enrolment.confirm(store, letter_id, now)
        if reader is None:
            return self.desk.pages.refused(410)
        _log.info("%s: confirmed", reader.email)
        at = plan.next_slot(reader, now)
        return self.desk.page(
            "confirmed", "You are subscribed", reader=reader, at=written(at, reader)
        )
