"""Stands before the page: bounds what a request may send, and logs it without its token."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from email.message import Message as Header

from starlette.exceptions import HTTPException
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_MOST = 64_000
BODY_SECONDS = 10
ROOMY_MOST = 3_000_000  # where papers are uploaded
ROOMY_SECONDS = 60
_CHARSETS = frozenset({"utf-8", "us-ascii"})
_log = logging.getLogger("digest")


class Guard:
    """Wraps an ASGI application."""

    def __init__(self, app: ASGIApp, roomy: Sequence[str] = ()) -> None:
        """Guard ``app``; below the paths ``roomy`` there is room for an upload."""
        self._app = app
        self._roomy = tuple(roomy)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            return
        answered = False

        async def sent(message: Message) -> None:
            nonlocal answered
            if message["type"] == "http.response.start":
                # Before the answer goes: who has read it finds its line in the log.
                answered = True
                _said(scope, message["status"])
            await send(message)

        try:
            await self._app(scope, self._bounded(scope, receive), sent)
        finally:
            if not answered:
                _said(scope, 0)

    def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """Receive a body that is neither too large nor too slow."""
        roomy = scope["path"].startswith(self._roomy) if self._roomy else False
        most, seconds = (ROOMY_MOST, ROOMY_SECONDS) if roomy else (BODY_MOST, BODY_SECONDS)
        headers = dict(scope["headers"])
        declared = int(headers.get(b"content-length", b"0"))
        charset = _charset(headers.get(b"content-type", b""))
        deadline = asyncio.get_running_loop().time() + seconds
        got = 0

        async def bounded() -> Message:
            nonlocal got
            if declared > most:
                raise HTTPException(413)
            if charset not in _CHARSETS:
                raise HTTPException(415)
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
            got += len(message.get("body", b""))
            if got > most:
                raise HTTPException(413)
            return message

        return bounded


def _charset(content_type: bytes) -> str:
    """Give the charset that a body is declared to be in.

    The forms here are UTF-8. Under another name a body could hold what no page can show again.
    """
    header = Header()
    header["content-type"] = content_type.decode("latin-1")
    return header.get_content_charset("utf-8")


def _said(scope: Scope, status: int) -> None:
    """Log a request by the name of its route: its path holds a token, or what a stranger typed."""
    _log.info("%s %s: %d", scope["method"][:10], _route(scope), status)


def _route(scope: Scope) -> str:
    found = scope.get("route")
    return found.name if isinstance(found, Route) else "nowhere"
