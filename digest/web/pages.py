"""Fills the templates of templates/web/ and sets the headers that every answer bears.

A page runs no script but ours, from a file of its own, and asks for nothing from elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from digest import mime
from digest.errors import ExpiredError, StoreError
from digest.view import Look

# What an answer that did nothing says, by its status: a heading and a sentence.
_REFUSALS = {
    400: ("Nothing was changed", "The request did not say what to do. Use the button of the page."),
    404: ("This link leads nowhere", "It may have been cut short: open it from the mail again."),
    405: ("Nothing was changed", "This page can be opened, and its button pressed; no more."),
    408: ("Nothing was changed", "The request took too long to arrive. Try it again."),
    410: ("This link has expired", "Use the one in the newest mail, or ask for a new one."),
    413: ("Nothing was changed", "The request was too large."),
    415: ("Nothing was changed", "The request was written in a way that is not read here."),
    429: ("Not now", "That was asked too often. Try it again later."),
    503: ("Not done yet", "The database cannot be reached. Try it again in a few minutes."),
    500: ("Not done yet", "Something went wrong here. Try it again in a few minutes."),
}


_log = logging.getLogger("digest")
_STATIC = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Allowance(StrEnum):
    """What a page may do beyond showing its own style, as directives of its policy (CSP 3)."""

    SCRIPT = "script-src 'self'; connect-src 'self'"
    FRAME = "frame-src 'self'"
    IMAGE = "img-src 'self' data:"


class Pages:
    """Makes the answers."""

    def __init__(self, look: Look, folders: Sequence[Path]) -> None:
        """Prepare the templates of ``folders``, the first that has one winning."""
        self._look = look
        self._contact = look.reply_to or mime.sender_of(look.sender)[1]
        self._folders = tuple(folders)
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._style = self._environment.get_template("style.css").render(look=look)

    def page(
        self,
        name: str,
        heading: str,
        status: int = 200,
        *,
        allow: Sequence[Allowance] = (),
        sheet: str = "",
        **values: object,
    ) -> HTMLResponse:
        """Fill the template ``name`` with ``values``; the page may do what ``allow`` says.

        ``sheet`` names a style sheet of its own, beside the one of all pages.
        """
        style = self._style
        if sheet:
            style += self._environment.get_template(f"{sheet}.css").render(look=self._look)
        text = self._environment.get_template(f"{name}.html").render(
            look=self._look,
            contact=self._contact,
            style=style,
            heading=heading,
            **values,
        )
        return HTMLResponse(text, status, headers=_HEADERS | _policy(style, allow))

    def mail(self, html: str) -> HTMLResponse:
        """Show a mail as it is: with its own styles, and able to do and to fetch nothing."""
        return HTMLResponse(html, headers=_HEADERS | {"Content-Security-Policy": _MAIL_POLICY})

    def file(self, body: bytes, media_type: str, name: str = "") -> Response:
        """Give a file that a link made; under a ``name`` it is to be saved."""
        headers = _HEADERS | {"Content-Security-Policy": "default-src 'none'; sandbox"}
        if name:
            headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return Response(body, media_type=f"{media_type}; charset=utf-8", headers=headers)

    def static(self, name: str) -> Response:
        """Give a script or picture of templates/web/, the same for everybody."""
        kind = _STATIC.get(Path(name).suffix)
        # Looked for among the names that there are: a stranger's is never made a path.
        found = [file for folder in self._folders for file in folder.glob("*") if file.name == name]
        if kind is None or not found:
            return self.refused(404)
        headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
        return Response(found[0].read_bytes(), media_type=kind, headers=headers)

    def refused(self, status: int, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        """Answer that nothing was done, and why."""
        heading, words = _REFUSALS.get(status, _REFUSALS[500])
        answer = self.page("refused", heading, status, words=words)
        answer.headers.update(headers or {})
        return answer

    def exception_handlers(self) -> dict[Any, Callable[[Request, Exception], Awaitable[Response]]]:
        """Give what answers for errors: the status of one that has one, else 500."""

        async def refuse(request: Request, error: Exception) -> Response:
            if isinstance(error, StoreError):
                route = request.scope.get("route")
                _log.error("%s: %s", getattr(route, "name", "a page"), error)
                return self.refused(503, {"Retry-After": "60"})
            if isinstance(error, HTTPException):
                return self.refused(error.status_code, error.headers)
            if isinstance(error, ExpiredError):
                return self.refused(410)
            # Who went away within a request hears no answer, and that is no fault of ours.
            return self.refused(400 if isinstance(error, ClientDisconnect) else 500)

        kinds = (HTTPException, StoreError, ExpiredError, ClientDisconnect, Exception)
        return dict.fromkeys(kinds, refuse)


_HEADERS = {
    "Cache-Control": "no-store",
    # The address of the page holds the token.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
# A mail's styles are attributes of its elements, so that no hash could name them. A link in it
# opens beside the page, which it knows nothing of.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)


def _policy(style: str, allow: Sequence[Allowance]) -> dict[str, str]:
    """Allow this one style, a form to ourselves, and what the page asks for."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    more = "".join(f"; {directive}" for directive in allow)
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        f"base-uri 'none'; frame-ancestors 'none'{more}"
    )
    return {"Content-Security-Policy": policy}
