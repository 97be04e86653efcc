"""The page: what subscribers do in a browser. Starlette stays within this package.

A GET changes nothing, since programs that scan mails follow every link; a token in the link takes
the place of cookies and logins.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Protocol
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from digest.app import App, bundled
from digest.archive import Facsimiles
from digest.links import PREFERENCES, SUBSCRIBE, PageLinks
from digest.web.account import Accounts
from digest.web.archive import Archive
from digest.web.desk import Desk
from digest.web.feedback import Judging
from digest.web.feeds import Feeds
from digest.web.guard import Guard
from digest.web.guarded import Guarded
from digest.web.operator import Operator
from digest.web.pages import Pages
from digest.web.preferences import Preferring
from digest.web.preview import PREVIEW, Previewing, Previews, Profiles
from digest.web.readers import Readers
from digest.web.search import Search
from digest.web.subscribe import Subscribing
from digest.web.unsubscribe import Unsubscribing

_HERE = "http://127.0.0.1"
ROOMY = (SUBSCRIBE, PREFERENCES)


class Part(Protocol):
    """What a file of this package adds to the page."""

    def routes(self, prefix: str) -> list[Route]:
        """Give what it answers below the path ``prefix``."""


def application(app: App) -> ASGIApp:
    """Wire the page up, to answer below the path of base_url."""
    pages = Pages(app.look, [folder / "web" for folder in bundled()])
    prefix = urlsplit(app.config.digest.base_url).path
    parts: tuple[Part, ...] = (
        Unsubscribing(pages=pages, tokens=app.tokens(), app=app),
        *_profiles(app, pages, prefix),
        *_reading(app, pages, prefix),
        Operator(pages=pages, app=app, guarded=guarded(app)),
        Previewing(pages=pages, previews=Profiles(app), guarded=guarded(app)),
    )
    routes = [route for part in parts for route in part.routes(prefix)]
    return served(pages, routes, prefix, [f"{prefix}/{name}" for name in ROOMY])


def _profiles(app: App, pages: Pages, prefix: str) -> tuple[Part, ...]:
    """Make the parts by which readers say what they want."""
    desk = Desk(app=app, pages=pages, prefix=prefix)
    return (Subscribing(desk=desk), Judging(desk=desk), Preferring(desk=desk), Accounts(desk=desk))


def guarded(app: App) -> Guarded:
    """Make the guard of the operator's pages."""
    return Guarded(tokens=app.tokens(), base_url=app.config.digest.base_url, now=app.now)


def _reading(app: App, pages: Pages, prefix: str) -> tuple[Part, ...]:
    """Make the parts that read and change nothing."""
    tokens = app.tokens()
    links = PageLinks(base_url=app.config.digest.base_url, tokens=tokens)
    readers = Readers(pages=pages, tokens=tokens, app=app)
    return (
        Search(readers=readers, prefix=prefix),
        Archive(readers=readers, links=links, facsimiles=Facsimiles(app, links), prefix=prefix),
        Feeds(readers=readers, links=links),
    )


def preview(app: App, previews: Previews) -> ASGIApp:
    """Make an application that previews, and does nothing else, for who is at this machine."""
    pages = Pages(app.look, [folder / "web" for folder in bundled()])
    here = Guarded(tokens=None, base_url=_HERE, now=app.now)
    part = Previewing(pages=pages, previews=previews, guarded=here)

    async def home(request: Request) -> Response:
        del request
        return RedirectResponse(f"/{PREVIEW}", HTTPStatus.SEE_OTHER)

    return served(pages, [*part.routes(""), Route("/", home, name="home")])


def served(
    pages: Pages, routes: list[Route], prefix: str = "", roomy: Sequence[str] = ()
) -> ASGIApp:
    """Make an application of routes, which answers errors with pages; ``roomy`` take uploads."""

    async def static(request: Request) -> Response:
        return pages.static(request.path_params["name"])

    files = Route(f"{prefix}/static/{{name}}", static, name="static")
    application = Starlette(routes=[*routes, files], exception_handlers=pages.exception_handlers())
    # A redirect would turn a mail program's POST into a GET (RFC 8058 section 3.1).
    application.router.redirect_slashes = False
    return Guard(application, roomy)
