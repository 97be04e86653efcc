"""The preview: a digest as it would be, with its reasons, while its profile is being tuned.

A GET changes nothing. Writing back takes a token that stands in the page's form: it is made anew
for each process, and no page of another site can read it.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from digest.app import App
from digest.errors import ChangedError, DigestError
from digest.text import shorten
from digest.transports.folder import alone
from digest.web.guarded import Guarded
from digest.web.pages import Allowance, Pages
from digest.web.preview_asked import SCHEMES, VIEWS, WIDTHS, Asked, asked
from digest.web.preview_mail import in_scheme
from digest.web.preview_page import troubles, values, why
from digest.web.preview_session import Session

PREVIEW = "preview"
_LOOK_EVERY = 0.2  # seconds between looks at the files
_WAIT_MOST = 25.0  # seconds that a page waits for news before it asks again
_FIELDS_MOST = 150
_SESSIONS_MOST = 8
_NAMES_MOST = 500
_HEADING_MOST = 300


class Previews(Protocol):
    """The profiles that can be previewed."""

    def names(self) -> Sequence[str]:
        """Name those to choose from."""

    def of(self, who: str) -> Session | None:
        """Give the preview of one; of the only one where none is named."""


@dataclass(frozen=True, slots=True)
class Single:
    """One profile, named on the command line."""

    session: Session

    def names(self) -> Sequence[str]:
        """Name it."""
        return [self.session.label]

    def of(self, who: str) -> Session | None:
        """Give its preview."""
        return self.session if who in {"", self.session.label} else None


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profile files of the configured folder, and subscribers by their address."""

    app: App
    _sessions: dict[str, Session] = field(default_factory=dict)

    def names(self) -> Sequence[str]:
        """Name the files."""
        folder = self.app.config.digest.profiles
        found = sorted(file.name for file in folder.glob("*.toml")) if folder.is_dir() else []
        return found[:_NAMES_MOST]

    def of(self, who: str) -> Session | None:
        """Give the preview of a file or subscriber; a name is never taken for a path."""
        if who in self.names():
            named = str(self.app.config.digest.profiles / who)
        elif "@" in who and "/" not in who and "\\" not in who:
            named = who
        else:
            return None
        session = self._sessions.pop(who, None) or Session(self.app, named)
        self._sessions[who] = session
        while len(self._sessions) > _SESSIONS_MOST:
            del self._sessions[next(iter(self._sessions))]
        return session


@dataclass(frozen=True, slots=True)
class Place:
    """Where the preview answers: below a prefix, and with the operator's token if it came so."""

    prefix: str
    token: str = ""

    def of(self, name: str) -> str:
        """Give the path of the page's part ``name``; of the page itself for ""."""
        return "/".join([self.prefix, PREVIEW, *filter(None, (name, self.token))])

    @property
    def static(self) -> str:
        """Give the path of scripts."""
        return f"{self.prefix}/static"


def _placed(
    answer: Callable[[Request, Place], Awaitable[Response]], prefix: str
) -> Callable[[Request], Awaitable[Response]]:
    async def placed(request: Request) -> Response:
        return await answer(request, Place(prefix, str(request.path_params.get("token", ""))))

    return placed


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewing:
    """Answers for the preview of those whom the guard lets in."""

    pages: Pages
    previews: Previews
    guarded: Guarded
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def routes(self, prefix: str) -> list[Route]:
        """Give the page, the mail within it, what tells of news, and what writes back."""
        at = f"{prefix}/{PREVIEW}"
        # The page itself comes last: below it a token may stand.
        rows: list[tuple[str, Callable[[Request, Place], Awaitable[Response]], str]] = [
            (f"{at}/mail", self.mail, "GET"),
            (f"{at}/why", self.why, "GET"),
            (f"{at}/changes", self.changes, "GET"),
            (f"{at}/write", self.write, "POST"),
            (at, self.show, "GET"),
        ]
        return [
            route
            for path, answer, method in rows
            for route in self.guarded.routes(path, _placed(answer, prefix), PREVIEW, [method])
        ]

    async def show(self, request: Request, place: Place) -> Response:
        """Show the page, or whom there is to choose from."""
        wanted = asked(request.query_params)
        session = self.previews.of(wanted.who)
        if session is None and wanted.who:
            return self.pages.refused(404)
        if session is None:
            names = await run_in_threadpool(self.previews.names)
            at = place.of("")
            return self.pages.page("previews", "Preview", names=names, at=at, sheet=PREVIEW)
        written = request.query_params.get("written", "") == "1"
        return await run_in_threadpool(self._page, session, wanted, place, written=written)

    async def mail(self, request: Request, place: Place) -> Response:
        """Show the mail alone, for the frames of the page."""
        del place
        wanted = asked(request.query_params)
        session = self.previews.of(wanted.who)
        if session is None:
            return self.pages.refused(404)
        try:
            state = await run_in_threadpool(session.state, wanted)
        except DigestError:
            return self.pages.refused(404)
        if state.mail is None:
            return self.pages.refused(404)
        return self.pages.mail(in_scheme(alone(state.mail[0]), wanted.schemes[0]))

    async def why(self, request: Request, place: Place) -> Response:
        """Say of one entry all that there is to say."""
        wanted, entry = asked(request.query_params), request.query_params.get("entry", "")
        session = self.previews.of(wanted.who)
        if session is None:
            return self.pages.refused(404)
        return await run_in_threadpool(self._why, session, wanted, entry, place)

    def _why(self, session: Session, wanted: Asked, entry: str, place: Place) -> Response:
        try:
            chosen = session.state(replace(wanted, quick=True)).chosen
        except DigestError:
            return self.pages.refused(404)
        said = why(chosen, entry)
        if said is None:
            return self.pages.refused(404)
        back = f"{place.of('')}?{wanted.terms_query(chosen.terms)}"
        heading = shorten(said.pop("title"), _HEADING_MOST)
        return self.pages.page("preview_why", heading, back=back, sheet=PREVIEW, **said)

    async def changes(self, request: Request, place: Place) -> Response:
        """Answer when something has changed, or after a while that nothing has (204)."""
        del place
        session = self.previews.of(request.query_params.get("who", ""))
        if session is None:
            return self.pages.refused(404)
        since = request.query_params.get("since", "")
        stopping: Callable[[], bool] = request.scope.get("stopping", lambda: False)
        for _ in range(round(_WAIT_MOST / _LOOK_EVERY)):
            version = await run_in_threadpool(lambda: session.version)
            if version != since:
                return JSONResponse({"version": version}, headers={"Cache-Control": "no-store"})
            if stopping():
                break
            await asyncio.sleep(_LOOK_EVERY)
        return Response(status_code=204, headers={"Cache-Control": "no-store"})

    async def write(self, request: Request, place: Place) -> Response:
        """Write the terms into the profile's file, and show the page again."""
        async with request.form(max_files=0, max_fields=_FIELDS_MOST) as form:
            if not hmac.compare_digest(str(form.get("token", "")).encode(), self.token.encode()):
                return self.pages.refused(400)
            wanted, seen = asked(form), str(form.get("seen", ""))
        session = self.previews.of(wanted.who)
        if session is None:
            return self.pages.refused(404)
        return await run_in_threadpool(self._write, session, wanted, seen, place)

    def _write(self, session: Session, wanted: Asked, seen: str, place: Place) -> Response:
        try:
            session.write(wanted, seen)
        except DigestError as error:
            status = 409 if isinstance(error, ChangedError) else 500
            return self._page(session, wanted, place, said=(str(error),), status=status)
        back = f"{place.of('')}?{wanted.query(written='1')}"
        return RedirectResponse(back, status_code=303, headers={"Cache-Control": "no-store"})

    def _page(
        self,
        session: Session,
        wanted: Asked,
        place: Place,
        *,
        said: Sequence[str] = (),
        status: int = 200,
        written: bool = False,
    ) -> Response:
        shared: dict[str, Any] = {
            "place": place,
            "asked": wanted,
            "label": session.label,
            "version": session.version,
            "token": self.token,
            "widths": WIDTHS,
            "schemes": SCHEMES,
            "views": VIEWS,
            "file": session.file,
            "written": written,
        }
        try:
            state = session.state(wanted)
        except DigestError as error:
            trouble = troubles([*said, str(error)])
            return self._filled(session, status, ready=False, trouble=trouble, **shared)
        shared |= {"version": state.version, **values(state, wanted)}
        trouble = troubles([*said, *state.trouble, *map(str, state.chosen.trial.errors)])
        return self._filled(session, status, ready=True, trouble=trouble, **shared)

    def _filled(self, session: Session, status: int, **shared: Any) -> Response:  # noqa: ANN401
        return self.pages.page(
            PREVIEW,
            f"Preview of {session.label}",
            status,
            allow=(Allowance.SCRIPT, Allowance.FRAME),
            sheet=PREVIEW,
            **shared,
        )


def single(app: App, who: str, listings: Sequence[str] = ()) -> Previews:
    """Give the preview of one PROFILE|EMAIL.

    Raises:
        DigestError: there is nothing good to show to begin with.
    """
    session = Session(app, who, listings)
    session.state(Asked(quick=True))
    return Single(session)
