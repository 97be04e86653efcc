"""digest.web.limits: how often something may be asked, and who asks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException
from starlette.requests import Request

from digest.web.limits import Limiter, Rate, client


class Watch:
    """A clock that is set."""

    def __init__(self) -> None:
        """Begin somewhere."""
        self.at = 1000.0

    def __call__(self) -> float:
        """Give the time."""
        return self.at


def request(peer: str, *forwarded: str) -> Request:
    """Make a request of a peer."""
    headers = [(b"x-forwarded-for", line.encode()) for line in forwarded]
    return Request({"type": "http", "client": (peer, 1), "headers": headers})


def test_a_burst_goes_through_and_comes_back() -> None:
    """Three go at once, the fourth is told how long to wait, and goes after that."""
    watch = Watch()
    limiter = Limiter(Rate(burst=3, per_second=0.5), clock=watch)
    first = [limiter.wait("a") for _ in range(5)]
    watch.at += 2
    assert ([0, 0, 0, 2, 2], 0, 2) == (first, limiter.wait("a"), limiter.wait("a"))


def test_names_are_counted_apart() -> None:
    """Who asks too often keeps nobody else out."""
    limiter = Limiter(Rate(burst=1, per_second=1), clock=Watch())
    assert [0, 1, 0] == [limiter.wait(name) for name in ("a", "a", "b")]


def test_the_answer_names_the_whole_seconds() -> None:
    """One too many is 429 with Retry-After, rounded up."""
    limiter = Limiter(Rate(burst=1, per_second=0.4), clock=Watch())
    limiter.check("a")
    with pytest.raises(HTTPException) as raised:
        limiter.check("a")
    assert (429, {"Retry-After": "3"}) == (raised.value.status_code, raised.value.headers)


@given(st.lists(st.floats(0, 3), max_size=60))
def test_no_more_goes_than_the_rate_allows(pauses: list[float]) -> None:
    """Over any time, no more goes than the burst and what came back meanwhile."""
    watch = Watch()
    limiter = Limiter(Rate(burst=4, per_second=2), clock=watch)
    gone = 0
    for pause in pauses:
        watch.at += pause
        gone += limiter.wait("a") == 0
    assert gone <= 4 + 2 * sum(pauses) + 1e-6


def test_memory_is_bounded() -> None:
    """Of more names than it keeps the longest unseen is forgotten."""
    limiter = Limiter(Rate(burst=1, per_second=1), clock=Watch(), most=2)
    for name in ("a", "b", "c"):
        limiter.wait(name)
    assert [1, 0] == [limiter.wait(name) for name in ("c", "a")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", (), "203.0.113.9"),
        ("203.0.113.9", ("198.51.100.1",), "203.0.113.9"),
        ("127.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("198.51.100.1, 198.51.100.2",), "198.51.100.2"),
        ("172.18.0.2", ("198.51.100.1", "198.51.100.2"), "198.51.100.2"),
        ("127.0.0.1", ("nobody",), "127.0.0.1"),
        ("::1", ("2001:db8:1:2:3::4",), "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.9", (), "203.0.113.9"),
        ("testclient", (), "testclient"),
    ],
)
def test_who_asks(peer: str, forwarded: tuple[str, ...], expected: str) -> None:
    """A client is its address, or what the proxy of this machine saw last; of IPv6 its network."""
    assert expected == client(request(peer, *forwarded))
