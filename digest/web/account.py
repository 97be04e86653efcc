"""Moving to another address, which that one confirms, and being erased, which is asked once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest import preferences
from digest.links import ADDRESS, PREFERENCES
from digest.model import Subscriber
from digest.schema import check_address
from digest.store import Store
from digest.tokens import Purpose
from digest.web.desk import Desk
from digest.web.limits import Limiter, Rate
from digest.web.preferences import subscriber_of

_FIELDS_MOST = 10
_DAY = 86_400
_log = logging.getLogger("digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Answers for the two pages beside the preferences, and for letters to new addresses."""

    desk: Desk
    moves: Limiter = field(default_factory=lambda: Limiter(Rate(burst=5, per_second=5 / _DAY)))

    def routes(self, prefix: str) -> list[Route]:
        """Give the page of a change of address, that which confirms it, and that which erases."""
        own, both = f"{prefix}/{PREFERENCES}/{{token}}", ["GET", "POST"]
        return [
            Route(f"{own}/address", self.move, methods=both, name="move"),
            Route(f"{own}/delete", self.delete, methods=both, name="delete"),
            Route(f"{prefix}/{ADDRESS}/{{token}}", self.confirm, methods=both, name=ADDRESS),
        ]

    async def move(self, request: Request) -> Response:
        """Ask for a new address on GET; on POST have it asked to confirm."""
        reader_id = subscriber_of(self.desk, request)
        if request.method != "POST":
            return await run_in_threadpool(self._with, reader_id, self._move_form)
        async with request.form(max_files=0, max_fields=_FIELDS_MOST) as form:
            given = str(form.get("email", "")).strip()[:1000]
        try:
            email = check_address(given)
        except ValueError as error:
            wrong = "The address is missing; add it." if not given else f"This {error}."
            return await run_in_threadpool(
                self._with, reader_id, lambda s, r: self._move_form(s, r, given, wrong)
            )
        self.moves.check(reader_id)
        return await run_in_threadpool(self._with, reader_id, lambda s, r: self._ask(s, r, email))

    def _move_form(
        self, store: Store, reader: Subscriber, given: str = "", wrong: str = ""
    ) -> Response:
        del store
        status = 422 if wrong else 200
        return self.desk.page(
            "move", "Another address", status, reader=reader, given=given, wrong=wrong
        )

    def _ask(self, store: Store, reader: Subscriber, email: str) -> Response:
        preferences.ask_to_move(store, reader, email, self.desk.app.now())
        return self.desk.page("moving", "Look into your new mailbox", reader=reader, email=email)

    async def confirm(self, request: Request) -> Response:
        """Show on GET what a letter's link would change; do it on POST."""
        today = self.desk.app.now().date()
        parts = self.desk.tokens.read_until(Purpose.ADDRESS, request.path_params["token"], today)
        if not parts:
            return self.desk.pages.refused(404)
        change = self._moved if request.method == "POST" else self._asked
        return await run_in_threadpool(self._done, change, parts[0])

    def _asked(self, store: Store, letter_id: str) -> Response:
        letter = preferences.asked_to_move(store, letter_id)
        email = letter.email if letter else ""
        return self.desk.page("moving_confirm", "Confirm the new address", email=email)

    def _moved(self, store: Store, letter_id: str) -> Response:
        found = preferences.move(store, letter_id, self.desk.app.now())
        if found is None:
            return self.desk.pages.refused(410)
        if found.done:
            _log.info("%s: moved here", found.email)
        heading = "The mails come here now" if found.done else "Nothing was changed"
        return self.desk.page(
            "moved", heading, 200 if found.done else 409, email=found.email, done=found.done
        )

    async def delete(self, request: Request) -> Response:
        """Ask on GET, do it on POST."""
        reader_id = subscriber_of(self.desk, request)
        change = self._erase if request.method == "POST" else self._ask_to_erase
        return await run_in_threadpool(self._with, reader_id, change)

    def _ask_to_erase(self, store: Store, reader: Subscriber) -> Response:
        del store
        return self.desk.page("delete", "Delete everything?", reader=reader)

    def _erase(self, store: Store, reader: Subscriber) -> Response:
        preferences.erase(store, reader, self.desk.app.now())
        _log.info("a subscriber was erased, as they asked")
        return self.desk.page("deleted", "You are deleted")

    def _with(self, reader_id: str, change: Callable[[Store, Subscriber], Response]) -> Response:
        """Do something with a subscriber's rows, over a connection of this request's own."""

        def found(store: Store, reader_id: str) -> Response:
            known = preferences.known(store, reader_id) if reader_id else None
            return change(store, known.subscriber) if known else self.desk.pages.refused(404)

        return self._done(found, reader_id)

    def _done(self, change: Callable[[Store, str], Response], name: str) -> Response:
        with self.desk.app.store(create=False) as store:
            return change(store, name)
