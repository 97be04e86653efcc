"""How a source stands after a pull: each state out of what servers do, with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from integration.conftest import Project, feed_of, item
from integration.servers import Mailbox, Page, Web

ADA = "ada@example.org"
EMPTY = Page(body=feed_of())
EMPTY_TOO = Page(body=feed_of() + b"\n")
ONE, TWO = Page(body=feed_of(item(1))), Page(body=feed_of(item(1), item(2)))
FRIDAY = 4  # days after the Monday on which the clock begins


def atom(*numbers: int) -> Page:
    """Make an arXiv feed."""
    entries = "".join(
        f"<entry><id>oai:arXiv.org:2603.{number:05d}v1</id><title>Graphs {number}</title>"
        f'<link href="https://arxiv.org/abs/2603.{number:05d}"/><summary>Of it.</summary></entry>'
        for number in numbers
    )
    head = '<feed xmlns="http://www.w3.org/2005/Atom"><title>cs.LG updates on arXiv.org</title>'
    return Page(body=f"{head}<id>http://rss.arxiv.org/atom/cs.LG</id>{entries}</feed>".encode())


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a source answers at two pulls, ``days`` apart, and how it then stands."""

    kind: str = "feed"
    before: Page = ONE
    after: Page = ONE
    start: int = 0
    days: int = 0
    state: str
    detail: str = ""


CASES = {
    "new": Case(after=TWO, state="new"),
    "new on arXiv": Case(kind="arxiv", before=atom(1), after=atom(2), days=1, state="new"),
    "the same bytes": Case(days=3, state="unchanged"),
    "the same over a weekend": Case(
        kind="arxiv", before=atom(1), after=atom(1), start=FRIDAY, days=2, state="unchanged"
    ),
    "empty at a weekend": Case(
        kind="arxiv", before=atom(1), after=atom(), start=FRIDAY, days=2, state="empty as expected"
    ),
    "always empty": Case(before=EMPTY, after=EMPTY_TOO, state="empty as expected"),
    "empty after entries": Case(
        after=EMPTY, state="empty unexpectedly", detail="no entries, though it had some before"
    ),
    "empty on a working day": Case(
        kind="arxiv",
        before=atom(1),
        after=atom(),
        days=1,
        state="empty unexpectedly",
        detail="no entries, though new ones were due 2026-03-03 05:00 UTC",
    ),
    "stale": Case(
        kind="arxiv",
        before=atom(1, 7, 3),
        after=atom(1, 7, 3),
        days=1,
        state="stale",
        detail="nothing new since 2026-03-02 12:00 UTC, though it was due 2026-03-03 05:00 UTC "
        "(a holiday?); the highest id is still 2603.00007",
    ),
    "stale with other bytes": Case(
        kind="arxiv",
        before=atom(1, 7),
        after=atom(7, 1),
        days=1,
        state="stale",
        detail="nothing new since 2026-03-02 12:00 UTC, though it was due 2026-03-03 05:00 UTC "
        "(a holiday?); the highest id is still 2603.00007",
    ),
    "broken in part": Case(
        after=Page(body=feed_of(item(2), {"id": "x"})),
        state="partial",
        detail="left out 1 without title and text",
    ),
    "broken": Case(
        after=Page(status=500),
        state="unreachable",
        detail="answered 500 Internal Server Error; try later",
    ),
    "missing": Case(
        after=Page(status=404), state="refused", detail="answered 404 Not Found; check the url"
    ),
    "an unknown category": Case(
        kind="arxiv",
        before=atom(1),
        after=Page(
            body=b'<feed xmlns="http://www.w3.org/2005/Atom">'
            b"<title>Feed error for query: cs.XX</title></feed>"
        ),
        state="refused",
        detail="arXiv refused: Feed error for query: cs.XX; "
        "see https://arxiv.org/category_taxonomy for the names of categories",
    ),
    "a web page": Case(
        after=Page(body=b"<html><title>Sorry</title></html>"),
        state="malformed",
        detail="is not a feed but",
    ),
}


@pytest.fixture
def online(project: Project) -> Project:
    """Have a project that may ask this machine."""
    project.http = "timeout = 1\nallow_private_networks = true"
    return project


def source(web: Web, name: str, kind: str = "feed") -> str:
    """Configure a source of this machine."""
    return f'name = "{name}"\nkind = "{kind}"\nurl = "{web.url(f"/{name}")}"'


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_source_stands_as_its_server_behaves(online: Project, web: Web, case: Case) -> None:
    """After two pulls a source has the state of what came, and says what speaks for it."""
    online.sources = [source(web, "one", case.kind)]
    online.tomorrow(case.start)
    for page, days in ((case.before, case.days), (case.after, 0)):
        web.pages["/one"] = page
        (pulled,) = online.app.pull()
        online.tomorrow(days)
    assert case.state == pulled.state
    assert case.detail == pulled.detail[: len(case.detail) or None]


def test_a_source_is_partial_where_one_category_fails(online: Project, web: Web) -> None:
    """Of two categories the one that answers is stored, and what the other said is the evidence."""
    categories = f'categories = ["cs.LG", "cs.CL"]\nfeeds = "{web.url("/")}"'
    online.sources = [f'kind = "arxiv"\n{categories}']
    web.pages["/cs.LG"] = atom(1, 2)
    (pulled,) = online.app.pull()
    expected = ("partial", "answered 404 Not Found; check the url", 2, True)
    assert expected == (pulled.state, pulled.detail, pulled.new, pulled.failed)


@pytest.fixture
def second_mail(online: Project, web: Web, box: Mailbox) -> str:
    """Read the text of Tuesday's mail, when one source of three is broken and one is stale."""
    online.sources += [source(web, "lab"), source(web, "arxiv", "arxiv")]
    web.pages |= {"/lab": ONE, "/arxiv": atom(1)}
    online.subscribe(ADA)
    online.app.run()
    online.clock.at += timedelta(days=1)
    web.pages["/lab"] = Page(status=404)
    online.papers(4, 5)
    online.app.run()
    text = box.mails[-1].parsed.get_body(("plain",))
    assert text is not None
    return " ".join(text.get_content().split())


def test_the_mail_names_broken_and_stale_sources(second_mail: str) -> None:
    """The mail says in a few words which source could not be read, and which is stale."""
    broken = "! lab could not be read (answered 404 Not Found)"
    read = "Sources read: file: 2 new · arxiv: no new entries (stale)."
    assert [True, True] == [said in second_mail for said in (broken, read)]
