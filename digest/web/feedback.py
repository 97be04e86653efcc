"""More or less like this: the page that an entry's links in a mail lead to.

A GET shows what would happen, a POST does it, so that programs that scan mails say nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest import judgement
from digest.errors import ExpiredError
from digest.links import DAYS, FEEDBACK, LESS, MORE
from digest.model import Edition
from digest.tokens import Purpose
from digest.web.desk import Desk
from digest.web.limits import Bound

_TOKEN = re.compile(r"([0-9a-f]{16})\.(\d{8})\.([a-z2-7]{16})")
_FIELDS_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Judging:
    """Answers for the links of entries."""

    desk: Desk
    saying: Bound = field(default_factory=lambda: Bound(each=60, everybody=600, seconds=60))

    def routes(self, prefix: str) -> list[Route]:
        """Give the one route below ``prefix``."""
        path = f"{prefix}/{FEEDBACK}/{{token}}/{{name}}/{{wish}}"
        return [Route(path, self.answer, methods=["GET", "POST"], name=FEEDBACK)]

    async def answer(self, request: Request) -> Response:
        """Show on GET what would be learnt; learn it on POST."""
        edition = self._edition(request.path_params["token"])
        wish, name = request.path_params["wish"], request.path_params["name"]
        if edition is None or wish not in {MORE, LESS}:
            return self.desk.pages.refused(404)
        if request.method != "POST":
            return await run_in_threadpool(self._ask, edition, name, wish == MORE)
        self.saying.check(request)
        async with request.form(max_files=0, max_fields=_FIELDS_MOST) as form:
            place = str(form.get("interest", ""))
        if not re.fullmatch(r"-1|\d{1,3}", place):
            return self.desk.pages.refused(400)
        return await run_in_threadpool(self._learn, edition, name, wish == MORE, int(place))

    def _edition(self, token: str) -> Edition | None:
        """Read the edition that a link is of; None if we did not make it.

        Raises:
            ExpiredError: it was ours, and its time is over.
        """
        found = _TOKEN.fullmatch(token)
        if not found or not self.desk.tokens.bears(
            Purpose.FEEDBACK, f"{found[1]}.{found[2]}", found[3]
        ):
            return None
        day = date.fromisoformat(found[2])
        if day + timedelta(days=DAYS) < self.desk.app.now().date():
            raise ExpiredError([found[1]])
        return Edition(subscriber_id=found[1], date=day)

    def _ask(self, edition: Edition, name: str, liked: bool) -> Response:
        with self.desk.app.store(create=False) as store:
            shown = judgement.find(store, edition, name)
        return self._page("feedback", shown, liked)

    def _learn(self, edition: Edition, name: str, liked: bool, place: int) -> Response:
        now = self.desk.app.now()
        with self.desk.app.store(create=False) as store:
            shown = judgement.judge(store, edition, name, place, now, liked=liked)
        return self._page("learnt", shown, liked, place)

    def _page(
        self, template: str, shown: judgement.Shown | None, liked: bool, place: int = -1
    ) -> Response:
        if shown is None:
            return self.desk.pages.refused(404)
        heading = "More like this" if liked else "Less like this"
        if template == "feedback":
            heading += "?"
        names = [one.name for one in shown.reader.profile.interests]
        return self.desk.page(
            template,
            heading,
            title=shown.entry.title,
            liked=liked,
            names=names,
            place=shown.place,
            said=shown.said(shown.place),
            into=names[place] if place >= 0 else judgement.NEW_NAME,
            new_name=judgement.NEW_NAME,
        )
