"""Forty feeds of one server, five of which go wrong: the others are stored all the same."""

from __future__ import annotations

import pytest

from digest.pull import Pulled
from integration.conftest import Project, feed_of, item
from integration.servers import Page, Web

GOOD = [f"good{number:02d}" for number in range(35)]
BAD = {
    "hangs": (Page(hangs=True), "unreachable", "no answer within 1 s"),
    "refuses": (Page(status=404), "refused", "answered 404 Not Found"),
    "malformed": (Page(body=b"<html>Sorry</html>"), "malformed", "is not a feed but"),
    "enormous": (Page(body=b"x" * 20_001), "unreachable", "is larger than 20,000 bytes"),
    "loops": (
        Page(status=302, headers={"Location": "/loops"}),
        "unreachable",
        "more than 10 redirects",
    ),
}


@pytest.fixture
def many(project: Project, web: Web) -> Project:
    """Have forty feeds, the bad ones among the good, each good one with a paper of its own."""
    project.http = "timeout = 1\nmax_bytes = 20_000\nallow_private_networks = true"
    names = [*GOOD[:10], *BAD, *GOOD[10:]]
    project.sources = [
        f'name = "{name}"\nkind = "feed"\nurl = "{web.url(f"/{name}")}"' for name in names
    ]
    web.pages |= {f"/{name}": page for name, (page, _, _) in BAD.items()}
    web.pages |= {f"/{name}": Page(body=feed_of(item(at))) for at, name in enumerate(GOOD)}
    return project


def by_name(pulled: list[Pulled]) -> dict[str, Pulled]:
    """Give what was pulled by the source's name."""
    return {source.source: source for source in pulled}


def test_every_good_source_is_stored(many: Project) -> None:
    """All entries of the 35 good feeds are stored, each named with its own."""
    found = by_name(many.app.pull())
    assert [("new", 1, False)] * 35 == [
        (found[name].state, found[name].new, found[name].failed) for name in GOOD
    ]
    assert sorted(GOOD) == sorted(row["seen_in"] for row in many.rows("entries"))


def test_every_bad_source_is_named(many: Project) -> None:
    """Each of the five bad feeds has its own state and evidence, and none has entries."""
    found = by_name(many.app.pull())
    assert {name: (state, said, 0) for name, (_, state, said) in BAD.items()} == {
        name: (found[name].state, found[name].detail[: len(said)], found[name].entries)
        for name, (_, _, said) in BAD.items()
    }
