"""digest.manners: under which name hosts are counted, who is left alone, and for how long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from builders import NOW
from hypothesis import given
from hypothesis import strategies as st

from digest import manners

SOON, LATER = NOW + timedelta(minutes=5), NOW + timedelta(hours=2)
MINUTE = 60.0


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("arxiv.org", "arxiv.org"),
        ("rss.arxiv.org", "arxiv.org"),
        ("export.arxiv.org", "arxiv.org"),
        ("a.b.arxiv.org", "arxiv.org"),
        ("notarxiv.org", "notarxiv.org"),
        ("arxiv.org.example", "arxiv.org.example"),
        ("feeds.example.org", "feeds.example.org"),
        ("", ""),
    ],
)
def test_service(host: str, expected: str) -> None:
    """All hosts of arXiv are one service; any other host is one by itself."""
    assert expected == manners.service(host)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("example.org", "example.org"),
        ("feeds.example.org", "example.org"),
        ("a.feeds.example.org", "feeds.example.org"),
        ("localhost", "localhost"),
        ("example.co.uk", "example.co.uk"),
        ("www.example.co.uk", "example.co.uk"),
        ("example.ac.jp", "example.ac.jp"),
        ("news.com.example.org", "com.example.org"),
        ("192.0.2.17", "192.0.2.17"),
        ("2001:db8::17", "2001:db8::17"),
        ("::ffff:192.0.2.17", "::ffff:192.0.2.17"),
        ("", ""),
    ],
)
def test_concerned(host: str, expected: str) -> None:
    """A host speaks for its parent, unless strangers register there or it is an address."""
    assert expected == manners.concerned(host)


@pytest.mark.parametrize(
    ("host", "holds", "expected"),
    [
        ("example.org", [], None),
        ("example.org", [("example.org", LATER)], LATER),
        ("a.example.org", [("example.org", LATER)], LATER),
        ("a.b.example.org", [("example.org", LATER)], LATER),
        ("example.org", [("a.example.org", LATER)], None),
        ("an-example.org", [("example.org", LATER)], None),
        ("example.org", [("org", LATER)], LATER),
        ("example.org", [("example.org", NOW)], None),
        ("example.org", [("example.org", NOW - timedelta(seconds=1))], None),
        ("example.org", [("example.org", NOW + timedelta(seconds=1))], NOW + timedelta(seconds=1)),
        ("a.example.org", [("example.org", LATER), ("a.example.org", SOON)], LATER),
        ("a.example.org", [("example.org", SOON), ("a.example.org", LATER)], LATER),
    ],
)
def test_held(host: str, holds: list[tuple[str, datetime]], expected: datetime | None) -> None:
    """A host is left alone until the last hold on it or on a domain above it is over."""
    assert expected == manners.held(host, holds, NOW)


@pytest.mark.parametrize("failures", [-1, 0, 1])
def test_backoff_forgives_the_first(failures: int) -> None:
    """After one failure at most, a source is not left alone at all."""
    assert timedelta() == manners.backoff(failures, "seed")


@pytest.mark.parametrize(
    ("failures", "least"),
    [
        (2, MINUTE),
        (3, 2 * MINUTE),
        (4, 4 * MINUTE),
        (11, 512 * MINUTE),
        (12, 720 * MINUTE),
        (22, 720 * MINUTE),
        (1_000_000, 720 * MINUTE),
    ],
)
def test_backoff_doubles(failures: int, least: float) -> None:
    """The wait starts at a minute and doubles up to twelve hours, plus at most a quarter."""
    wait = manners.backoff(failures, "seed").total_seconds()
    assert least <= wait <= least * 1.25


@given(st.integers(1, 10), st.text(max_size=8))
def test_backoff_grows(failures: int, seed: str) -> None:
    """Up to twelve hours, each failure makes the wait longer, whatever the spread."""
    assert manners.backoff(failures, seed) < manners.backoff(failures + 1, seed)


@given(st.integers(), st.text(max_size=8))
def test_backoff_is_bounded(failures: int, seed: str) -> None:
    """No number of failures makes a wait negative, or longer than twelve hours and a quarter."""
    assert timedelta() <= manners.backoff(failures, seed) <= timedelta(hours=15)


@given(st.integers(0, 40), st.text(max_size=8))
def test_backoff_repeats(failures: int, seed: str) -> None:
    """The same failures of the same source always give the same wait."""
    assert manners.backoff(failures, seed) == manners.backoff(failures, seed)


def test_backoff_is_known() -> None:
    """The wait does not change from one process to another."""
    waits = [round(manners.backoff(failures, "here").total_seconds(), 3) for failures in (2, 3, 20)]
    assert [68.685, 133.902, 51601.379] == waits


def test_backoff_spreads() -> None:
    """A hundred sources that fail together come back at a hundred times."""
    assert 100 == len({manners.backoff(5, str(number)) for number in range(100)})
