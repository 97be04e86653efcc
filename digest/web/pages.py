"""Fills the templates of templates/web/ and sets the headers that every answer bears."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from digest import mime
from digest.view import Look

# What an answer that did nothing says, by its status: a heading and a sentence.
_REFUSALS = {
    400: ("Nothing was changed", "The request did not say what to do. Use the button of the page."),
    404: ("This link leads nowhere", "It may have been cut short: open it from the mail again."),
    405: ("Nothing was changed", "This page can be opened, and its button pressed; no more."),
    408: ("Nothing was changed", "The request took too long to arrive. Try it again."),
    413: ("Nothing was changed", "The request was too large."),
    503: ("Not done yet", "The database cannot be reached. Try it again in a few minutes."),
    500: ("Not done yet", "Something went wrong here. Try it again in a few minutes."),
}


class Pages:
    """Makes the answers: pages without scripts that ask for nothing from elsewhere."""

    def __init__(self, look: Look, folders: Sequence[Path]) -> None:
        """Prepare the templates of ``folders``, the first that has one winning."""
        self._look = look
        self._contact = look.reply_to or mime.sender_of(look.sender)[1]
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._style = self._environment.get_template("style.css").render(look=look)
        self._headers = _headers(self._style)

    def page(self, name: str, heading: str, status: int = 200, words: str = "") -> HTMLResponse:
        """Fill the template ``name``."""
        text = self._environment.get_template(f"{name}.html").render(
            look=self._look,
            contact=self._contact,
            style=self._style,
            heading=heading,
            words=words,
        )
        return HTMLResponse(text, status, headers=self._headers)

    def refused(self, status: int, headers: Mapping[str, str] | None = None) -> HTMLResponse:
        """Answer that nothing was done, and why."""
        heading, words = _REFUSALS.get(status, _REFUSALS[500])
        answer = self.page("refused", heading, status, words)
        answer.headers.update(headers or {})
        return answer

    def exception_handlers(self) -> dict[Any, Callable[[Request, Exception], Awaitable[Response]]]:
        """Give what answers for errors: the status of one that has one, else 500."""

        async def refuse(request: Request, error: Exception) -> Response:
            del request
            if isinstance(error, HTTPException):
                return self.refused(error.status_code, error.headers)
            # Who went away within a request hears no answer, and that is no fault of ours.
            return self.refused(400 if isinstance(error, ClientDisconnect) else 500)

        return {HTTPException: refuse, ClientDisconnect: refuse, Exception: refuse}


def _headers(style: str) -> dict[str, str]:
    """Allow this one style, a form to ourselves, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Cache-Control": "no-store",
        # The address of the page holds the token.
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
    }
