"""A hundred feeds of one server, six of which go wrong: the others are stored all the same."""

from __future__ import annotations

import pytest

from digest import dial
from digest.pull import Pulled
from integration.conftest import Project, feed_of, item
from integration.servers import LOOPBACK, Page, Web

GOOD = [f"good{number:02d}" for number in range(94)]
BAD = {
    "hangs": (Page(hangs=True), "unreachable", "no answer within 1 s"),
    "refuses": (Page(status=404), "refused", "answered 404 Not Found"),
    "malformed": (Page(body=b"<html>Sorry</html>"), "malformed", "is not a feed but"),
    "enormous": (Page(body=b"x" * 20_001), "unreachable", "is larger than 20,000 bytes"),
    "inside": (
        Page(status=302, headers={"Location": "http://127.0.0.2/inside"}),
        "unreachable",
        "127.0.0.2 is a private address",
    ),
    "loops": (
        Page(status=302, headers={"Location": "/loops"}),
        "unreachable",
        "more than 10 redirects",
    ),
}


@pytest.fixture
def many(project: Project, web: Web, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Have a hundred feeds, the bad among the good, each good one with a paper of its own.

    The server's own address counts as public, and no other of this machine.
    """
    judged = dial.is_private
    monkeypatch.setattr(dial, "is_private", lambda a: a != LOOPBACK and judged(a))
    project.http = "timeout = 1\nmax_bytes = 20_000"
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
    """All entries of the 94 good feeds are stored, each named with its own."""
    found = by_name(many.app.pull())
    assert [("new", 1, False)] * 94 == [
        (found[name].state, found[name].new, found[name].failed) for name in GOOD
    ]
    assert sorted(GOOD) == sorted(row["seen_in"] for row in many.rows("entries"))


def test_every_bad_source_is_named(many: Project) -> None:
    """Each of the six bad feeds has its own state and evidence, and none has entries."""
    found = by_name(many.app.pull())
    assert {name: (state, said, 0) for name, (_, state, said) in BAD.items()} == {
        name: (found[name].state, found[name].detail[: len(said)], found[name].entries)
        for name, (_, _, said) in BAD.items()
    }
