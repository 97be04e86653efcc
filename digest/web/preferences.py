"""Preferences: all of a profile in a form, behind the signed link that each mail carries."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest import plan, preferences
from digest.errors import ExpiredError
from digest.links import PREFERENCES, UNSUBSCRIBE
from digest.model import Example, Interest, Status, Subscriber
from digest.tokens import Purpose
from digest.web import typed
from digest.web.desk import Desk, written
from digest.web.limits import Bound
from digest.web.typed import BLOCKS_MOST, Block, Typed

_HEADING = "Your preferences"
_PAPERS_SHOWN = 200
_log = logging.getLogger("digest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferring:
    """Answers for the links to preferences."""

    desk: Desk
    saving: Bound = field(default_factory=lambda: Bound(each=120, everybody=600, seconds=600))
    asking: Bound = field(default_factory=lambda: Bound(each=10, everybody=300, seconds=3600))

    def routes(self, prefix: str) -> list[Route]:
        """Give the form, its matches, and the data."""
        path = f"{prefix}/{PREFERENCES}/{{token}}"
        return [
            Route(path, self.answer, methods=["GET", "POST"], name=PREFERENCES),
            Route(f"{path}/matches", self.matches, methods=["POST"], name="matches"),
            Route(f"{path}/data", self.data, methods=["POST"], name="data"),
        ]

    async def answer(self, request: Request) -> Response:
        """Show the form on GET; on POST do what its button says."""
        try:
            reader_id = subscriber_of(self.desk, request)
        except ExpiredError as expired:
            return await self._expired(request, expired.parts[0])
        if not reader_id:
            return self.desk.pages.refused(404)
        if request.method != "POST":
            return await run_in_threadpool(self._show, request, reader_id)
        self.saving.check(request)
        content, button, errors = await self.desk.read(request)
        if button == "matches":
            self.desk.trying.check(request)
        if button in {"add", "matches"} or errors:
            stored = await run_in_threadpool(self._stored, reader_id)
            if stored is None:
                return self.desk.pages.refused(404)
            if button == "add" and len(content.blocks) < BLOCKS_MOST:
                content = replace(content, blocks=(*content.blocks, Block()))
            interests = stored.profile.interests
            status, found = 422 if errors else 200, None
            if button == "matches":
                found, wrong = await self.desk.found(content, interests)
                errors |= wrong
            return self._form(request, stored, content, errors=errors, found=found, status=status)
        return await run_in_threadpool(self._save, request, reader_id, content)

    async def _expired(self, request: Request, reader_id: str) -> Response:
        """Offer a fresh link, and have it sent to who an old one was for."""
        if request.method != "POST":
            return self.desk.page("expired", "This link has expired", 410)
        self.asking.check(request)
        return await run_in_threadpool(self._refresh, reader_id)

    def _refresh(self, reader_id: str) -> Response:
        with self.desk.app.store(create=False) as store:
            found = preferences.known(store, reader_id)
            if found is not None:
                preferences.ask_for_link(store, found.subscriber, self.desk.app.now())
        return self.desk.page("refreshed", "Look into your mailbox")

    def _stored(self, reader_id: str) -> Subscriber | None:
        with self.desk.app.store(create=False) as store:
            found = preferences.known(store, reader_id)
        return found.subscriber if found else None

    def _show(self, request: Request, reader_id: str) -> Response:
        reader = self._stored(reader_id)
        if reader is None:
            return self.desk.pages.refused(404)
        return self._form(request, reader, typed.of(reader))

    def _save(self, request: Request, reader_id: str, content: Typed) -> Response:
        """Read what is stored and write what was typed in one go."""
        now = self.desk.app.now()
        with self.desk.app.store(create=False) as store, store.transaction():
            before = preferences.known(store, reader_id)
            if before is None:
                return self.desk.pages.refused(404)
            stored = before.subscriber
            content = replace(content, fields={**content.fields, "email": stored.email})
            wanted, errors = self.desk.profile(content, stored.profile.interests)
            if wanted is None:
                return self._form(request, stored, content, errors=errors, status=422)
            reader = preferences.save(store, before, wanted, now)
        _log.info("%s: changed on the page", reader.email)
        at = written(plan.next_slot(reader, now), reader)
        return self._form(request, reader, typed.of(reader), saved=True, at=at)

    def _form(
        self, request: Request, reader: Subscriber, content: Typed, **more: object
    ) -> Response:
        token = request.path_params["token"]
        here = f"{self.desk.prefix}/{PREFERENCES}/{token}"
        stop = self.desk.tokens.make(Purpose.UNSUBSCRIBE, reader.id)
        shown: dict[str, object] = {
            "saved": False,
            "at": "",
            "reader": reader,
            "stopped": reader.status is Status.UNSUBSCRIBED,
            "papers": _papers(reader.profile.interests),
            "here": here,
            "matches": f"{here}/matches",
            "unsubscribe": f"{self.desk.prefix}/{UNSUBSCRIBE}/{stop}",
        }
        return self.desk.form("preferences", _HEADING, content, **(shown | more))  # type: ignore[arg-type]  # found, errors and status are among them

    async def matches(self, request: Request) -> Response:
        """Answer with the matches alone, for the script."""
        reader_id = subscriber_of(self.desk, request)
        stored = await run_in_threadpool(self._stored, reader_id) if reader_id else None
        if stored is None:
            return self.desk.pages.refused(404)
        return await self.desk.matches(request, stored.profile.interests)

    async def data(self, request: Request) -> Response:
        """Give all that is stored of the subscriber, as a file."""
        reader_id = subscriber_of(self.desk, request)
        self.saving.check(request)
        return await run_in_threadpool(self._data, reader_id)

    def _data(self, reader_id: str) -> Response:
        with self.desk.app.store(create=False) as store:
            found = preferences.known(store, reader_id) if reader_id else None
            if found is None:
                return self.desk.pages.refused(404)
            content = preferences.everything(store, found.subscriber)
        text = json.dumps(content, ensure_ascii=False, indent=2)
        return self.desk.pages.file(text.encode(), "application/json", "my-data.json")


def subscriber_of(desk: Desk, request: Request) -> str:
    """Give the subscriber whose preferences a request may see; "" for a token that is not ours.

    Raises:
        ExpiredError: it was ours, and its time is over.
    """
    today = desk.app.now().date()
    parts = desk.tokens.read_until(Purpose.PREFERENCES, request.path_params["token"], today)
    return parts[0] if parts else ""


def _papers(interests: Sequence[Interest]) -> Mapping[str, dict[str, Any]]:
    """Give the papers of each interest that came with their text, by the interest's mark."""
    return {
        mark: {
            "liked": _listed(interest.examples),
            "disliked": _listed(interest.counterexamples),
            "hidden": _beyond(interest.examples) + _beyond(interest.counterexamples),
        }
        for mark, interest in typed.named(interests).items()
    }


def _listed(papers: Sequence[Example]) -> list[tuple[str, str, str]]:
    some = [one for one in papers if typed.is_paper(one)][-_PAPERS_SHOWN:]
    return [(typed.name_of(one), one.title or one.key, one.judged) for one in reversed(some)]


def _beyond(papers: Sequence[Example]) -> int:
    return max(sum(map(typed.is_paper, papers)) - _PAPERS_SHOWN, 0)
