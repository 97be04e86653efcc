"""Lets nobody but the operator in: who sits at this machine, or bears the operator's token.

A proxy on this machine makes all the world look like it, and not every proxy says so. So where
base_url is public, a token is needed; where it is of this machine, a request needs none that comes
from here, was passed on by nobody, and was made by no other site's page.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from digest.tokens import Purpose, Tokens

HOLDS = timedelta(days=30)
_WHO = "operator"
_PASSED_ON = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
_READING = frozenset({"GET", "HEAD"})
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """Guards endpoints; without ``tokens``, for want of a secret, only this machine gets in."""

    tokens: Tokens | None
    base_url: str
    now: Callable[[], datetime]

    def token(self) -> str:
        """Make a token for the operator, which holds for thirty days; "" without a secret."""
        if self.tokens is None:
            return ""
        return self.tokens.make_until(Purpose.OPERATOR, (self.now() + HOLDS).date(), _WHO)

    @property
    def open_here(self) -> bool:
        """Whether this machine is let in without a token."""
        return _is_loopback(_host(self.base_url))

    def routes(
        self, path: str, endpoint: Endpoint, name: str, methods: Sequence[str] = ("GET",)
    ) -> list[Route]:
        """Give an endpoint two routes: ``path``, and ``path``/token.

        Whatever lies below ``path`` has its routes before these, or they would be taken for tokens.
        """

        async def guarded(request: Request) -> Response:
            self.admit(request)
            return await endpoint(request)

        return [
            Route(path, guarded, methods=list(methods), name=name),
            Route(f"{path}/{{token}}", guarded, methods=list(methods), name=name),
        ]

    def admit(self, request: Request) -> None:
        """Let the operator pass; the token stands in the path, or after Authorization: Bearer.

        Raises:
            HTTPException: 404, as for any address that there is not.
            ExpiredError: the token was ours once.
        """
        token = str(request.path_params.get("token", "")) or _bearer(request)
        if token and self.tokens is not None:
            if self.tokens.read_until(Purpose.OPERATOR, token, self.now().date()) == (_WHO,):
                return
        elif not token and self.open_here and _at_hand(request):
            return
        raise HTTPException(404)


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _at_hand(request: Request) -> bool:
    """Whether a request was made at this machine, by no other site's page.

    The Host keeps out names that another site has pointed here; Sec-Fetch-Site, which no page can
    forge, keeps out what another site's page asks for or sends
    (https://www.w3.org/TR/fetch-metadata/).
    """
    if any(name in request.headers for name in _PASSED_ON):
        return False
    if not _is_loopback(request.client.host if request.client else ""):
        return False
    if not _is_loopback(_host(f"//{request.headers.get('host', '')}")):
        return False
    site = request.headers.get("sec-fetch-site")
    return site == "same-origin" or (request.method in _READING and site in {None, "none"})


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
