"""digest.web.guarded: nobody but the operator."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request

from digest.errors import ExpiredError
from digest.tokens import Purpose, Tokens
from digest.web.guarded import HOLDS, Guarded

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE = {"host": "127.0.0.1:8080"}
TOKENS = Tokens(["a secret for tests"])


def guarded(base_url: str = "http://127.0.0.1:8080", later: timedelta = timedelta()) -> Guarded:
    """Make a guard, of a page of this machine unless told otherwise."""
    return Guarded(tokens=TOKENS, base_url=base_url, now=lambda: NOW + later)


def admitted(
    guard: Guarded,
    headers: dict[str, str],
    *,
    token: str = "",
    peer: str = "127.0.0.1",
    method: str = "GET",
) -> bool:
    """Whether a request is let in."""
    request = Request(
        {
            "type": "http",
            "method": method,
            "client": (peer, 1),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "path_params": {"token": token} if token else {},
        }
    )
    try:
        guard.admit(request)
    except HTTPException as refused:
        return refused.status_code != 404
    return True


@pytest.mark.parametrize(
    ("peer", "headers", "method", "expected"),
    [
        ("127.0.0.1", HERE, "GET", True),
        ("::1", {"host": "[::1]:8080"}, "GET", True),
        ("127.0.0.1", {"host": "localhost"}, "GET", True),
        ("127.0.0.1", HERE | {"sec-fetch-site": "none"}, "GET", True),
        ("127.0.0.1", HERE | {"sec-fetch-site": "same-origin"}, "POST", True),
        ("127.0.0.1", HERE, "POST", False),
        ("127.0.0.1", HERE | {"sec-fetch-site": "cross-site"}, "POST", False),
        ("127.0.0.1", HERE | {"sec-fetch-site": "cross-site"}, "GET", False),
        ("127.0.0.1", HERE | {"sec-fetch-site": "same-site"}, "GET", False),
        ("127.0.0.1", HERE | {"x-forwarded-for": "198.51.100.1"}, "GET", False),
        ("127.0.0.1", HERE | {"forwarded": "for=198.51.100.1"}, "GET", False),
        ("127.0.0.1", HERE | {"via": "1.1 proxy"}, "GET", False),
        ("127.0.0.1", {"host": "evil.example.org"}, "GET", False),
        ("127.0.0.1", {"host": "[::"}, "GET", False),
        ("127.0.0.1", {}, "GET", False),
        ("203.0.113.9", HERE, "GET", False),
    ],
)
def test_at_this_machine(peer: str, headers: dict[str, str], method: str, expected: bool) -> None:
    """Without a token only a request of this machine passes, of no proxy and no other site."""
    assert expected == admitted(guarded(), headers, peer=peer, method=method)


def test_a_public_page_wants_the_token() -> None:
    """Where a proxy makes the world look like this machine, being of it is not enough."""
    public = guarded("https://digest.example.org")
    found = [admitted(public, HERE), admitted(public, HERE, token=public.token())]
    assert [False, True] == found


def test_the_token_opens_from_anywhere() -> None:
    """Who bears the token passes, in the path or in the header, through a proxy too."""
    guard, far = guarded("https://digest.example.org"), {"x-forwarded-for": "198.51.100.1"}
    bearer = {"authorization": f"Bearer {guard.token()}"}
    found = [
        admitted(guard, far, token=guard.token(), peer="203.0.113.9", method="POST"),
        admitted(guard, far | bearer),
    ]
    assert [True, True] == found


@pytest.mark.parametrize(
    "token",
    [
        "x",
        TOKENS.make(Purpose.OPERATOR, "operator"),
        TOKENS.make_until(Purpose.ARCHIVE, NOW.date(), "operator"),
        TOKENS.make_until(Purpose.OPERATOR, NOW.date(), "another"),
        Tokens(["another secret"]).make_until(Purpose.OPERATOR, NOW.date(), "operator"),
    ],
)
def test_another_token_does_not(token: str) -> None:
    """A token of another purpose, of nobody, or made by somebody else opens nothing, even here."""
    assert not admitted(guarded(), HERE, token=token)


def test_a_token_expires() -> None:
    """After thirty days a token is known, and worth nothing."""
    token = guarded().token()
    last = admitted(guarded(later=HOLDS), {}, token=token)
    with pytest.raises(ExpiredError):
        admitted(guarded(later=HOLDS + timedelta(days=1)), {}, token=token)
    assert last
