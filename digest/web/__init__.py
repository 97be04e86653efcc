"""The page: what subscribers do in a browser. Starlette stays within this package.

A GET changes nothing, since programs that scan mails follow every link; a token in the link takes
the place of cookies and logins.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.types import ASGIApp

from digest.app import App, bundled
from digest.web.guard import Guard
from digest.web.pages import Pages
from digest.web.unsubscribe import Unsubscribing


def application(app: App) -> ASGIApp:
    """Wire the page up, to answer below the path of base_url."""
    pages = Pages(app.look, [folder / "web" for folder in bundled()])
    prefix = urlsplit(app.config.digest.base_url).path
    unsubscribing = Unsubscribing(pages=pages, tokens=app.tokens(), app=app)
    served = Starlette(
        routes=unsubscribing.routes(prefix),
        exception_handlers=pages.exception_handlers(),
    )
    # A redirect would turn a mail program's POST into a GET (RFC 8058 section 3.1).
    served.router.redirect_slashes = False
    return Guard(served)
