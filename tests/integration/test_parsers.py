"""Parsers: processes that are used again, work side by side, and are replaced at their limits."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import pytest

from digest.confined import Allowance
from digest.errors import FetchError, ListingError, SourceError
from digest.model import Response, Source
from digest.parse import Parsers
from integration.conftest import NOON, feed_of, item

FEED = Source(name="feed", kind="feed")
ARXIV = Source(name="papers", kind="arxiv")
GOOD = feed_of(item(1), item(2))
# Minutes of work, and a tree of half a gigabyte.
LONG = (
    b"<rss version='2.0'><channel><item><title>t</title><description>"
    + b"&lt;b&gt;x &amp;amp; " * 600_000
    + b"</description></item></channel></rss>"
)
DEEP = b"<rss version='2.0'><channel>" + b"<a>" * 1_000_000
REFUSAL = b"""<feed xmlns="http://www.w3.org/2005/Atom">
<title>Feed error for query: x</title></feed>"""
pytestmark = pytest.mark.usefixtures("alone")

HASTY = Allowance(seconds=0.5, megabytes=100)
ROOMY = Allowance(seconds=30.0, megabytes=100)


def response(body: bytes) -> Response:
    """Have an answer with a body."""
    return Response(url="", body=body, fetched_at=NOON)


def count(parsers: Parsers, body: bytes = GOOD) -> int:
    """Parse a feed and count its entries."""
    return len(parsers.parse(response(body), FEED).entries)


def workers() -> set[int]:
    """List the processes that are children of this one and parse."""
    found = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal():
            continue
        try:
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            parses = b"digest.parse" in (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if parses and int(parent) == os.getpid():
            found.add(int(folder.name))
    return found


@pytest.fixture
def one() -> Iterator[Parsers]:
    """Have one worker at most, within half a second and a hundred megabytes."""
    with Parsers(HASTY, workers=1) as parsers:
        yield parsers


def test_nothing_is_started_before_it_is_needed(one: Parsers) -> None:
    """No process is there until something is parsed, and then there is one."""
    before = len(workers())
    count(one)
    assert (0, 1) == (before, len(workers()))


def test_a_worker_is_used_again(one: Parsers) -> None:
    """One and the same process reads three listings."""
    found = []
    for _ in range(3):
        assert 2 == count(one)
        found.append(workers())
    assert [found[0]] * 3 == found


def test_workers_end_with_their_parsers() -> None:
    """Leaving the context ends every process."""
    with Parsers(HASTY) as parsers:
        count(parsers)
    assert set() == workers()


def test_a_worker_outlives_an_error(one: Parsers) -> None:
    """A process that was given what is no listing reads the next one."""
    count(one)
    before = workers()
    with pytest.raises(ListingError, match="is not a feed but"):
        count(one, b"<html>Sorry</html>")
    assert (2, before) == (count(one), workers())


@pytest.mark.parametrize(
    ("allowance", "body", "fault"),
    [
        (HASTY, LONG, "takes more than 0.5 s to read"),
        (ROOMY, DEEP, "takes more than 100 MB of memory to read"),
    ],
    ids=["time", "memory"],
)
def test_a_listing_over_a_limit_is_refused(allowance: Allowance, body: bytes, fault: str) -> None:
    """A worker over its limit is ended with the fault said, and another reads the next listing."""
    with Parsers(allowance, workers=1) as parsers:
        count(parsers)
        before = workers()
        with pytest.raises(ListingError) as caught:
            count(parsers, body)
        assert (fault, "raise [parse] if the source is to be trusted") == caught.value.args[1:]
        assert (2, set()) == (count(parsers), before & workers())


def test_threads_parse_side_by_side() -> None:
    """A listing that takes long in one thread does not keep another thread's waiting."""
    with Parsers(Allowance(seconds=1.5, megabytes=200)) as parsers, ThreadPoolExecutor(2) as pool:
        slow = pool.submit(count, parsers, LONG)
        quick = pool.submit(count, parsers)
        done, _ = wait([slow, quick], return_when=FIRST_COMPLETED)
        assert ({quick}, 2) == (done, quick.result())
        assert isinstance(slow.exception(), ListingError)


def test_more_threads_than_workers_take_turns() -> None:
    """Eight threads share two processes, and each gets its own answer."""
    bodies = [feed_of(*(item(number) for number in range(size))) for size in range(8)]
    with Parsers(HASTY, workers=2) as parsers:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda body: count(parsers, body), bodies))
        assert (list(range(8)), True) == (found, len(workers()) <= 2)


@pytest.mark.parametrize(
    ("source", "body", "expected"),
    [
        (
            FEED,
            b"<html>Sorry</html>",
            (
                ListingError,
                "feed",
                "malformed",
                "is not a feed but an HTML page",
                "give the address of an RSS, Atom or JSON feed",
            ),
        ),
        (
            ARXIV,
            REFUSAL,
            (
                FetchError,
                "papers",
                "refused",
                "arXiv refused: Feed error for query: x",
                "see https://arxiv.org/category_taxonomy for the names of categories",
            ),
        ),
    ],
    ids=["malformed", "refused"],
)
def test_an_error_crosses_the_border_whole(
    one: Parsers, source: Source, body: bytes, expected: tuple[type, str, str, str, str]
) -> None:
    """An adapter's error keeps its class, source, state, fault and cure between processes."""
    with pytest.raises(SourceError) as caught:
        one.parse(response(body), source)
    error = caught.value
    assert expected == (type(error), error.source, error.state, error.fault, error.cure)
