"""Pulling over HTTP: validators, broken and silent servers, and being asked to stay away."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from digest.errors import UnknownError
from digest.model import SourceState
from digest.pull import Pulled
from integration.conftest import Project, feed_of, item
from integration.servers import Page, Web

TAGGED = {"ETag": '"1"', "Last-Modified": "Sun, 01 Mar 2026 10:00:00 GMT"}
PAPER = {"id": "2601.00007", "title": "Graph papers", "summary": "Of graphs.", "upvotes": 7}
DAILY = json.dumps([{"paper": PAPER, "title": "Graph papers", "numComments": 2}]).encode()
RSS = b"""<rss version="2.0"><channel><title>Blog</title><item><title>On graphs</title>
<link>https://lab.example/post</link><description>Of graphs.</description></item></channel></rss>"""
ARXIV = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>cs.LG updates on arXiv.org</title>
<id>http://rss.arxiv.org/atom/cs.LG</id><entry><id>oai:arXiv.org:2601.00007v1</id>
<title>Graph papers</title><link href="https://arxiv.org/abs/2601.00007"/>
<summary>arXiv:2601.00007v1 Announce Type: new Abstract: Of graphs.</summary>
<category term="cs.LG"/></entry></feed>"""
KINDS = {
    "huggingface": (DAILY, "arxiv:2601.00007"),
    "feed": (RSS, "url:lab.example/post"),
    "arxiv": (ARXIV, "arxiv:2601.00007"),
}


@pytest.fixture
def online(project: Project, web: Web) -> Project:
    """Have a project with one feed, served by this machine, that holds two papers."""
    project.http = "timeout = 20\nallow_private_networks = true"
    project.sources = [source(web, "one")]
    web.pages["/one"] = Page(body=feed_of(item(1), item(2)), headers=TAGGED)
    return project


def source(web: Web, name: str, kind: str = "feed") -> str:
    """Configure a source of this machine."""
    return f'name = "{name}"\nkind = "{kind}"\nurl = "{web.url(f"/{name}")}"'


def state(project: Project, name: str = "one") -> SourceState:
    """Read what is remembered of a source."""
    with project.app.store() as store:
        return store.sources.all()[name]


def states(pulled: list[Pulled]) -> dict[str, tuple[str, int]]:
    """Give each source's state and its number of new entries."""
    return {source.source: (source.state, source.new) for source in pulled}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read(online: Project, web: Web, kind: str) -> None:
    """A source of each kind is fetched, parsed and stored."""
    body, expected = KINDS[kind]
    online.sources = [source(web, "one", kind)]
    web.pages["/one"] = Page(body=body)
    assert {"one": ("new", 1)} == states(online.app.pull())
    assert [expected] == [row["id"] for row in online.rows("entries")]


def test_sources_are_merged(online: Project, web: Web) -> None:
    """A paper of Daily Papers and arXiv is one, with the upvotes of one and categories of both."""
    online.sources = [source(web, kind, kind) for kind in ("huggingface", "arxiv")]
    web.pages |= {f"/{kind}": Page(body=KINDS[kind][0]) for kind in ("huggingface", "arxiv")}
    online.app.pull()
    rows = [(row["upvotes"], row["categories"], row["seen_in"]) for row in online.rows("entries")]
    assert [(7, "cs.LG", "huggingface\narxiv")] == rows


@pytest.mark.parametrize("kind", KINDS)
def test_validators_are_stored_and_sent(online: Project, web: Web, kind: str) -> None:
    """The second pull sends the validators of the first, and finds nothing changed."""
    online.sources = [source(web, "one", kind)]
    web.pages["/one"] = Page(body=KINDS[kind][0], headers=TAGGED)
    found = [states(online.app.pull()) for _ in range(2)]
    sent = [(s.headers.get("if-none-match"), s.headers.get("if-modified-since")) for s in web.seen]
    assert [(None, None), tuple(TAGGED.values())] == sent
    assert [{"one": ("new", 1)}, {"one": ("unchanged", 0)}] == found


def test_a_changed_page_replaces_the_validators(online: Project, web: Web) -> None:
    """A page that changed is read anew, and its validators kept instead of the old."""
    online.app.pull()
    web.pages["/one"] = Page(body=feed_of(item(3)), headers={"ETag": '"2"'})
    assert {"one": ("new", 1)} == states(online.app.pull())
    online.app.pull()
    assert [None, '"1"', '"2"'] == [seen.headers.get("if-none-match") for seen in web.seen]


def test_a_cut_off_page_is_asked_for_again_whole(online: Project, web: Web) -> None:
    """A page that broke off is asked for without its validators, so that the rest can come."""
    items = [b"<item><title>Graphs, part %d</title></item>" % number for number in (1, 2)]
    whole = b"<rss version='2.0'><channel>" + b"".join(items) + b"</channel></rss>"
    web.pages["/one"] = Page(body=whole[: whole.index(items[1])], headers={"ETag": '"1"'})
    found = [states(online.app.pull())]
    web.pages["/one"] = Page(body=whole, headers={"ETag": '"1"'})
    found.append(states(online.app.pull()))
    assert [{"one": ("partial", 1)}, {"one": ("new", 1)}] == found
    assert [None, None] == [seen.headers.get("if-none-match") for seen in web.seen]


def test_an_empty_listing_is_empty(online: Project, web: Web) -> None:
    """A valid listing without entries is no failure."""
    web.pages["/one"] = Page(body=feed_of())
    (found,) = online.app.pull()
    assert ("empty as expected", False) == (found.state, found.failed)


def test_a_malformed_page_keeps_the_old_validators(online: Project, web: Web) -> None:
    """The validators of a page that could not be read are not kept, so it is asked for again."""
    online.app.pull()
    web.pages["/one"] = Page(body=b"<html>Sorry</html>", headers={"ETag": '"2"'})
    found = [states(online.app.pull()) for _ in range(2)]
    assert [{"one": ("malformed", 0)}] * 2 == found
    assert [None, '"1"', '"1"'] == [seen.headers.get("if-none-match") for seen in web.seen]


def test_a_broken_server_is_counted(online: Project, web: Web) -> None:
    """Each failure is counted; validators, entries and the last success stay."""
    online.app.pull()
    before = state(online)
    web.pages["/one"] = Page(status=500)
    found = [states(online.app.pull()) for _ in range(2)]
    after = state(online)
    assert [{"one": ("unreachable", 0)}] * 2 == found
    assert (2, before.last_success) == (after.failures, after.last_success)
    assert ('"1"', 2) == (web.seen[-1].headers["if-none-match"], len(online.rows("entries")))


def test_a_success_ends_the_count(online: Project, web: Web) -> None:
    """A source that answers again has failed no times."""
    page = web.pages.pop("/one")
    online.app.pull()
    web.pages["/one"] = page
    online.app.pull()
    assert ("new", 0) == (state(online).state, state(online).failures)


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(online: Project, web: Web, status: int) -> None:
    """A source that asks to wait is not asked again until then, and is named meanwhile."""
    page = web.pages["/one"]
    web.pages["/one"] = Page(status=status, headers={"Retry-After": "3600"})
    online.app.pull()
    web.pages["/one"] = page
    (waiting,) = online.app.pull()
    asked = len(web.seen)
    online.clock.at += timedelta(hours=1)
    assert ("refused", True, 1) == (waiting.state, waiting.failed, asked)
    assert {"one": ("new", 2)} == states(online.app.pull())


def test_without_retry_after_the_source_is_asked_again(online: Project, web: Web) -> None:
    """A plain 503 keeps nobody away."""
    web.pages["/one"] = Page(status=503)
    for _ in range(2):
        online.app.pull()
    assert 2 == len(web.seen)


def test_a_hanging_source_does_not_stop_the_others(online: Project, web: Web) -> None:
    """Of three sources, one of which never answers, the other two are stored."""
    online.http = "timeout = 4\nallow_private_networks = true"
    names = ("one", "hangs", "two")
    online.sources = [source(web, name) for name in names]
    web.pages |= {"/hangs": Page(hangs=True), "/two": Page(body=feed_of(item(3)))}
    expected = {"one": ("new", 2), "hangs": ("unreachable", 0), "two": ("new", 1)}
    assert expected == states(online.app.pull())


def test_a_private_address_is_refused_by_default(online: Project, web: Web) -> None:
    """Unless allowed, a source on a private address is not asked."""
    online.http = "timeout = 1"
    assert {"one": ("unreachable", 0)} == states(online.app.pull())
    assert [] == web.seen


def test_one_source_alone_is_pulled_if_named(online: Project, web: Web) -> None:
    """Naming a source leaves the others unasked."""
    online.sources.append(source(web, "two"))
    assert {"one": ("new", 2)} == states(online.app.pull(("one",)))


def test_an_unknown_source_is_refused(online: Project) -> None:
    """A name that is not configured is refused, with those that are."""
    with pytest.raises(UnknownError, match="no source is named nine; configured: one"):
        online.app.pull(("nine",))
