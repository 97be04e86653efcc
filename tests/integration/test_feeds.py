"""A subscriber's matches as feeds: valid, complete, harmless, and closed to others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import feedparser
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import syndication
from digest.language import language
from digest.model import Author, Entry, Interest, Match, Response, Source
from digest.profile import subscriber_id
from digest.sources import adapter
from digest.syndication import Feed, SentMatch
from integration.conftest import Project, feed_of, item
from integration.page import Running, running
from integration.test_archive import ADA, links

SENT = datetime(2026, 3, 2, 12, tzinfo=UTC)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page after two days of digests."""
    project.subscribe(ADA)
    with running(project) as served:
        project.app.run()
        project.tomorrow()
        project.papers(4)
        project.app.run()
        yield served


def get(page: Running, name: str, **headers: str) -> httpx.Response:
    """Ask for one of the reader's feeds."""
    path = httpx.URL(links(page.project).feed(subscriber_id(ADA))).path
    return page.client.get(f"{path}/{name}", headers=headers)


def parsed(body: bytes) -> tuple[Entry, ...]:
    """Read a JSON Feed as a source of ours."""
    response = Response(url="", body=body, fetched_at=SENT)
    return adapter("feed").parse(response, Source(name="own", kind="feed")).entries


def test_the_atom_feed_is_whole(page: Running) -> None:
    """Atom has what every digest showed, newest first, with link, date, interest and reason."""
    answer = get(page, "atom.xml")
    feed = feedparser.parse(answer.content)
    assert (False, "atom10", "Papers") == (feed.bozo, feed.version, feed.feed.title)
    assert ["4", "1", "2", "3"] == [entry.title[-1] for entry in feed.entries]
    first = feed.entries[0]
    assert "https://arxiv.org/abs/2601.00004" == first.link
    assert ("Graphs", "2026-01-05T00:00:00Z") == (first.tags[0].term, first.published)
    assert "Why: “graph…” in the title" in first.summary
    assert answer.headers["content-type"].startswith("application/atom+xml")


def test_the_json_feed_is_read_by_our_own_reader(page: Running) -> None:
    """JSON Feed 1.1 reads as a source of ours, to the same papers."""
    answer = get(page, "feed.json")
    found = [entry.id for entry in parsed(answer.content)]
    assert [f"arxiv:2601.0000{number}" for number in (4, 1, 2, 3)] == found
    content = json.loads(answer.content)
    assert ("https://jsonfeed.org/version/1.1", "en") == (content["version"], content["language"])
    assert str(answer.request.url.path) in content["feed_url"]


def test_ids_stay(page: Running) -> None:
    """What was in a feed keeps its id when more comes, and each has its own."""
    before = {
        entry.link: entry.id for entry in feedparser.parse(get(page, "atom.xml").text).entries
    }
    page.project.tomorrow()
    page.project.papers(5)
    page.project.app.run()
    after = {entry.link: entry.id for entry in feedparser.parse(get(page, "atom.xml").text).entries}
    assert (before, 5) == ({k: after[k] for k in before}, len(set(after.values())))


def test_what_has_not_changed_is_not_sent_again(page: Running) -> None:
    """A feed reader that has it is told so, until something new comes."""
    tag = get(page, "atom.xml").headers["etag"]
    same = get(page, "atom.xml", **{"If-None-Match": tag})
    page.project.tomorrow()
    page.project.papers(5)
    page.project.app.run()
    other = get(page, "atom.xml", **{"If-None-Match": tag})
    assert (304, b"", 200) == (same.status_code, same.content, other.status_code)


def test_a_feed_opens_nothing_else(page: Running) -> None:
    """A feed names no address and links to no page of its reader's."""
    for name in ("atom.xml", "feed.json"):
        text = get(page, name).text
        assert [] == [word for word in ("ada", "/archive/", "/unsubscribe/") if word in text]


def test_who_stopped_has_no_feed(page: Running) -> None:
    """Once its reader said stop a feed is gone, so that programs ask no more."""
    page.post(ADA)
    assert [410, 410] == [get(page, name).status_code for name in ("atom.xml", "feed.json")]


def test_a_feed_without_entries_is_valid(project: Project) -> None:
    """Before the first digest the feeds are empty, and feeds."""
    project.subscribe(ADA)
    with running(project) as served:
        atom, other = get(served, "atom.xml"), get(served, "feed.json")
    feed = feedparser.parse(atom.content)
    assert (False, [], []) == (feed.bozo, feed.entries, json.loads(other.content)["items"])


def test_a_forged_address_is_refused(page: Running) -> None:
    """Neither another token nor another name is answered with a feed."""
    token = httpx.URL(links(page.project).archive(subscriber_id(ADA), SENT.date())).path.split("/")
    paths = [f"/papers/feed/{token[3]}/atom.xml", "/papers/feed/x/feed.json"]
    assert [404, 404] == [page.client.get(path).status_code for path in paths]
    assert 404 == get(page, "other.xml").status_code


@given(title=TEXT, summary=TEXT, author=TEXT, url=TEXT, topic=TEXT)
def test_any_text_makes_a_valid_feed(
    title: str, summary: str, author: str, url: str, topic: str
) -> None:
    """Whatever an entry says, both feeds are read again, with the one entry they have."""
    entry = Entry(
        id="guid:x", title=f"On {title}", summary=summary, authors=(Author(name=author),), url=url
    )
    match = Match(entry=entry, interest=Interest(name=topic), score=1.0)
    one = SentMatch(match=match, sent_at=SENT)
    feed = Feed(title=topic, url="https://d.example/f", words=language("en"), matches=[one])
    read = feedparser.parse(syndication.atom(feed))
    assert (False, 1) == (read.bozo, len(read.entries))
    assert 1 == len(parsed(syndication.json_feed(feed)))


def test_markup_stays_text(project: Project) -> None:
    """What looks like markup in an entry is text in a feed, and runs in no reader."""
    project.subscribe(ADA)
    evil = item(1, "Graphs <script>alert(1)</script>", content_text="<img src=x onerror=alert(1)>")
    (project.folder / "papers.json").write_bytes(feed_of(evil))
    with running(project) as served:
        project.app.run()
        text = get(served, "atom.xml").text
    assert (False, False) == ("<script" in text, "<img" in text)
