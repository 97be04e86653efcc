"""What a hostile feed, server or profile tries, and does not achieve."""

from __future__ import annotations

import gzip
import json
import sqlite3
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from digest import mime, subscriptions
from digest.choice import Choice
from digest.confined import Allowance
from digest.errors import FetchError, ListingError, StoreError
from digest.fetch import Fetcher
from digest.merging import merge
from digest.model import Entry, Request, Response, Source, Subscriber
from digest.parse import Parsers
from digest.pool import Pool
from digest.printable import printable
from digest.sources import adapter
from digest.store import Store, open_store
from integration.servers import Page, Web

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENCODED = "=?utf-8?q?x=0D=0ABcc:_victim@example.org?= paper"


def mail(subject: str, name: str) -> bytes:
    """Build a mail with a subject and a recipient's name of somebody else's."""
    return mime.build(
        sender="Digest <digest@example.org>",
        recipient=(name, "ada@example.org"),
        reply_to="",
        subject=subject,
        date=NOW,
        message_id="<1@example.org>",
        listing={"List-Id": '"Digest" <digest.example.org>'},
        text=[printable("text")],
        html=[printable("<p>html</p>")],
    )


@pytest.mark.parametrize(("subject", "name"), [(ENCODED, "Ada"), ("A paper", ENCODED)])
def test_an_encoded_word_adds_no_header(subject: str, name: str) -> None:
    """A title or name that looks like an encoded word stays a title or name."""
    usual = message_from_bytes(mail("A paper", "Ada"), policy=policy.default).keys()
    assert usual == message_from_bytes(mail(subject, name), policy=policy.default).keys()


def entries(source: str, *items: Mapping[str, object]) -> tuple[Entry, ...]:
    """Read a JSON Feed of a source."""
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}).encode()
    response = Response(url="", body=body, fetched_at=NOW)
    return adapter("feed").parse(response, Source(name=source, kind="feed")).entries


def titles(store: Store) -> list[str]:
    """Give the titles of all stored entries."""
    return sorted(entry.title for entry in store.entries.since(NOW - timedelta(days=1)))


PAPER: Mapping[str, str] = {
    "id": "a",
    "url": "https://arxiv.org/abs/2601.00001",
    "title": "The first of two papers",
}
OTHER: Mapping[str, str] = {
    "id": "b",
    "url": "https://arxiv.org/abs/2601.00002",
    "title": "The second of two papers",
}


def test_one_guid_on_two_papers_joins_neither(tmp_path: Path) -> None:
    """A feed that gives its guids now to one paper, now to another, makes no two papers one."""
    moves = [("h", "https://e.example/x"), ("h", OTHER["url"]), ("g", PAPER["url"])]
    with open_store(tmp_path / "digest.db") as store:
        store.entries.keep(entries("good", PAPER, OTHER), NOW)
        for guid, url in [*moves, ("g", "https://e.example/x")]:
            store.entries.keep(entries("evil", {"id": guid, "url": url, "title": "Spam here"}), NOW)
        found = {PAPER["title"], OTHER["title"]} & set(titles(store))
    assert {PAPER["title"], OTHER["title"]} == found


@pytest.mark.parametrize(
    "items",
    [
        [{"id": str(n), "url": "https://e.example/", "title": f"Post {n}"} for n in range(3)],
        [{"id": "1", "url": f"https://e.example/{n}", "title": f"Post {n}"} for n in range(3)],
        [{"id": str(n), "url": f"https://e.example/r#v{n}", "title": f"V{n}"} for n in range(3)],
    ],
    ids=["one link", "one guid", "links that differ behind the hash"],
)
def test_entries_of_one_feed_stay_apart(
    tmp_path: Path, items: Sequence[Mapping[str, object]]
) -> None:
    """One link or one guid for all does not make one of a feed's entries, nor when seen again."""
    with open_store(tmp_path / "digest.db") as store:
        for _ in range(2):
            store.entries.keep(entries("feed", *items), NOW)
        count = store.entries.count()
    assert 3 == count


def test_a_link_that_bears_a_doi_is_not_believed(tmp_path: Path) -> None:
    """A page anywhere whose address holds a DOI does not stand for the paper."""
    spam = {"id": "s", "url": "https://evil.example/10.1000/abc", "title": "Buy pills now today"}
    true = {"id": "t", "url": "https://doi.org/10.1000/abc", "title": "A true paper it is"}
    with open_store(tmp_path / "digest.db") as store:
        store.entries.keep(entries("evil", spam), NOW)
        store.entries.keep(entries("good", true), NOW)
        found = titles(store)
    assert ["A true paper it is", "Buy pills now today"] == found


def test_a_feed_adds_nothing_to_a_papers_card() -> None:
    """Upvotes that a feed claims for arXiv's paper do not count beside those of Daily Papers."""
    body = b'[{"paper": {"id": "2601.00001", "title": "A paper of it", "upvotes": 50}}]'
    response = Response(url="", body=body, fetched_at=NOW)
    papers = Source(name="hf", kind="huggingface")
    (true,) = adapter("huggingface").parse(response, papers).entries
    (spam,) = entries("evil", {**PAPER, "_digest": {"upvotes": 99_999}})
    assert (50, true.links) == (merge(true, spam).upvotes, merge(true, spam).links)


def test_layers_of_compression_are_refused(web: Web, fetcher: Fetcher) -> None:
    """A body compressed twice is not unpacked."""
    bomb = gzip.compress(gzip.compress(bytes(50_000_000)))
    web.pages["/bomb"] = Page(body=bomb, headers={"Content-Encoding": "gzip, gzip"})
    with pytest.raises(FetchError, match="compressed in a way that was not asked for"):
        fetcher.fetch(Request(url=web.url("/bomb")), "bomb")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"<rss version='2.0'><channel>" + b"<a>" * 1_000_000, "memory to read"),
        (
            b"<rss version='2.0'><channel><item><title>t</title><description>"
            + b"&lt;b&gt;x &amp;amp; " * 600_000
            + b"</description></item></channel></rss>",
            "s to read",
        ),
    ],
    ids=["memory", "time"],
)
def test_a_listing_that_costs_too_much_is_refused(body: bytes, fault: str) -> None:
    """The parser is killed at its limit, and reads the next listing all the same."""
    good = Response(url="", body=b'{"version":"","items":[{"title":"t"}]}', fetched_at=NOW)
    seconds = 30 if "memory" in fault else 0.5
    with Parsers(Allowance(seconds=seconds, megabytes=100), workers=1) as parsers:
        with pytest.raises(ListingError, match=fault):
            parsers.parse(
                Response(url="", body=body, fetched_at=NOW), Source(name="x", kind="feed")
            )
        after = parsers.parse(good, Source(name="y", kind="feed"))
    assert 1 == len(after.entries)


def test_a_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """Nothing is written to a database that is not ours."""
    path = tmp_path / "digest.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE bookmarks (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="of another program"), open_store(path):
        pass
    assert before == path.read_bytes()


def test_who_said_stop_is_stopped_under_every_spelling(tmp_path: Path) -> None:
    """A domain in letters and in its ASCII form is one address."""
    with open_store(tmp_path / "digest.db") as store:
        subscriptions.stop(store, "a@b\u00fccher.example", NOW)
        reason = store.subscribers.suppressed("A@xn--bcher-kva.example")
    assert subscriptions.STOPPED == reason


def test_dates_gone_by_show_nothing_again() -> None:
    """An entry shown on one date is no candidate for another, earlier or later."""
    (paper,) = entries("good", PAPER)
    choice = Choice(pool=Pool([paper]), fresh=1, shown={"ada": {paper.id: "2026-03-02"}})
    ada = Subscriber(id="ada", email="ada@example.org")
    days = [date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3)]
    assert [[], [0], []] == [choice.candidates(ada, day, again=True).tolist() for day in days]
