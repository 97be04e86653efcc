"""digest.sources.feed: RSS, RDF, Atom and JSON Feed, and the fields that all formats share."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import entry, response, source

from digest.errors import ListingError
from digest.model import Author, Entry, Link
from digest.sources import feed
from digest.sources._fields import safe_url, split_authors, title_from

HERE = source("feed", feed.Options(url="https://journal.example/rss"))
RSS = '<rss version="2.0"><channel><title>T</title>{}</channel></rss>'
ADA, CHARLES = "Ada Lovelace", "Charles Babbage"


def read(data: Path, name: str) -> tuple[Entry, ...]:
    """Parse a hand-written feed."""
    return feed.parse(response((data / name).read_bytes()), HERE).entries


def item(text: str) -> Entry:
    """Parse a feed of one RSS item."""
    (found,) = feed.parse(response(RSS.format(f"<item>{text}</item>")), HERE).entries
    return found


def test_rss_entry(data: Path) -> None:
    """An entry is plain text with safe links; a DOI it claims is its own."""
    moment = datetime(2026, 3, 2, 7, tzinfo=UTC)
    expected = entry(
        "Weaving in vitro",
        source="here",
        claimed_doi="10.1000/loom.1",
        guid="loom-1",
        url="https://journal.example/doi/10.1000/loom.1?af=R",
        authors=[ADA, CHARLES],
        summary="First. Second.",
        categories=("Textiles",),
        published=moment,
        updated=moment,
        links=(Link(rel="discussion", url="https://journal.example/talk/1"),),
        thumbnail="https://journal.example/1.png",
        source_ids=("loom-1",),
    )
    assert expected == read(data, "journal.rss")[0]


def test_claimed_doi_counts_within_the_feed(data: Path) -> None:
    """A DOI that the entry's link does not bear is a mere claim to other sources."""
    found = read(data, "journal.rss")[1]
    assert ["guid", "url", "title", "claim"] == [key.split(":")[0] for key in found.keys]


def test_unpadded_date(data: Path) -> None:
    """A date without leading zeros is read."""
    assert datetime(2026, 3, 1, tzinfo=UTC) == read(data, "journal.rss")[1].published


def test_refused_link(data: Path) -> None:
    """An entry whose link no reader may follow is kept without it."""
    expected = entry("A Bad Link", source="here", guid="bad-1", source_ids=("bad-1",))
    assert expected == read(data, "journal.rss")[2]


def test_text_makes_a_title(data: Path) -> None:
    """An entry without a title is called by the beginning of its text."""
    words = "A text without a title makes its own."
    expected = entry(words, source="here", url="https://journal.example/4", summary=words)
    assert expected == read(data, "journal.rss")[3]


def test_feed_title_and_notes(data: Path) -> None:
    """A listing has the feed's title, and says what it left out."""
    found = feed.parse(response((data / "journal.rss").read_bytes()), HERE)
    expected = ("Journal of & Looms", ("left out 1 without title and text",), 4)
    assert expected == (found.title, found.notes, len(found.entries))


def test_json_feed_entry(data: Path) -> None:
    """A JSON Feed's item arrives with authors, tags, dates and our own extension."""
    expected = entry(
        "First thread",
        source="here",
        guid="https://loom.example/1",
        url="https://loom.example/1",
        authors=[ADA, CHARLES],
        summary="We weave. Twice.",
        categories=("looms",),
        published=datetime(2026, 3, 2, 7, tzinfo=UTC),
        updated=datetime(2026, 3, 2, 9, tzinfo=UTC),
        upvotes=5,
        thumbnail="https://loom.example/1.png",
        source_ids=("https://loom.example/1",),
    )
    assert expected == read(data, "feed.json")[0]


def test_json_feed_of_version_one(data: Path) -> None:
    """A number may be an id, and a single author stand for the list."""
    words = "A note without a title."
    expected = entry(
        words, source="here", guid="2", authors=["Grace Hopper"], summary=words, source_ids=("2",)
    )
    assert expected == read(data, "feed.json")[1]


@pytest.mark.parametrize(
    ("content", "titles"),
    [
        ({"items": []}, []),
        ({"version": "x", "items": [{"title": "a"}, {"title": ""}, None]}, ["a"]),
        ({"items": [{"title": ["x"], "content_text": "text"}]}, ["text"]),
        ({"items": [{"title": "a", "authors": 1, "tags": 2, "url": 3, "_digest": 4}]}, ["a"]),
    ],
)
def test_json_feed_with_odd_fields(content: object, titles: list[str]) -> None:
    """Fields of a wrong kind do not cost an item that has a title."""
    found = feed.parse(response(json.dumps(content)), HERE)
    assert titles == [one.title for one in found.entries]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            '{"error": "gone"}',
            (
                'is not a JSON Feed but a JSON object that says "gone"; '
                'a JSON Feed is an object with a list "items"'
            ),
        ),
        (
            "[1]",
            (
                "is not a JSON Feed but a JSON list of int; "
                'a JSON Feed is an object with a list "items"'
            ),
        ),
        (
            "<!DOCTYPE html><html><head><title>Log in</title></head></html>",
            (
                'is not a feed but an HTML page titled "Log in"; '
                "give the address of an RSS, Atom or JSON feed"
            ),
        ),
        (
            "<opml version='1.0'/>",
            (
                "is not a feed but XML whose root is <opml>; "
                "give the address of an RSS, Atom or JSON feed"
            ),
        ),
        (
            "",
            "is not a feed but an empty file; give the address of an RSS, Atom or JSON feed",
        ),
    ],
)
def test_what_is_no_feed(body: str, said: str) -> None:
    """What is no feed is named for what it is, with what to do instead."""
    with pytest.raises(ListingError) as caught:
        feed.parse(response(body), HERE)
    assert f"here: {said}" == str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        RSS.format("<item><title>Grün</title></item>").encode(),
        b'<?xml version="1.0" encoding="iso-8859-1"?>'
        + RSS.format("<item><title>Grün</title></item>").encode("latin-1"),
        b"\xef\xbb\xbf" + RSS.format("<item><title>Grün</title></item>").encode(),
        b'\n\n<?xml version="1.0"?>' + RSS.format("<item><title>Grün</title></item>").encode(),
        ('<?xml version="1.0" encoding="utf-16"?>' + RSS)
        .format("<item><title>Grün</title></item>")
        .encode("utf-16"),
    ],
)
def test_encodings(body: bytes) -> None:
    """A feed is read in the encoding that it is in."""
    found = feed.parse(response(body), HERE)
    assert ["Grün"] == [one.title for one in found.entries]


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("<description>&lt;script&gt;x()&lt;/script&gt;Kept</description>", "Kept"),
        ("<description>p &amp;lt; 0.05</description>", "p < 0.05"),
        ("<description><![CDATA[<b>Bold</b> words]]></description>", "Bold words"),
        ("<description>a\u202eb\u200bc</description>", "abc"),
    ],
)
def test_markup_is_gone(text: str, summary: str) -> None:
    """Nothing but plain text remains of what a feed says."""
    assert summary == item(f"<title>T</title>{text}").summary


def test_relative_links_are_resolved() -> None:
    """A link without host belongs to the feed's own."""
    body = RSS.format("<item><title>T</title><link>/a/1</link></item>")
    answer = replace(response(body), url="https://journal.example/rss")
    assert "https://journal.example/a/1" == feed.parse(answer, HERE).entries[0].url


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("HTTP://example.org", "HTTP://example.org"),
        (" https://example.org ", "https://example.org"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//example.org/a", ""),
        ("https:///a", ""),
        ("https://example.org/a\tb", ""),
        ("https://example.org/" + "a" * 2000, ""),
        ("https://[x", ""),
    ],
)
def test_safe_url(given: str, expected: str) -> None:
    """Only http(s) addresses with a host are links."""
    assert expected == safe_url(given)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["Ada Lovelace, Charles Babbage"], [ADA, CHARLES]),
        (["Lovelace, Ada"], ["Lovelace, Ada"]),
        (["Lovelace, A.; Babbage, C."], ["Lovelace, A.", "Babbage, C."]),
        (["Ada Lovelace and Charles Babbage"], [ADA, CHARLES]),
        (["Ada Lovelace (Ockham, Surrey), Charles Babbage (a (b))"], [ADA, CHARLES]),
        (["<a href='x'>Ada Lovelace</a>"], [ADA]),
        ([ADA, ADA, " "], [ADA]),
        (["OpenAI"], ["OpenAI"]),
        (["The Collaboration, :, Ada Lovelace"], ["The Collaboration", ADA]),
        (["The Collaboration", ":", ADA, "et al."], ["The Collaboration", ADA]),
        (["Ada Lovelace et al"], [ADA]),
        ([], []),
    ],
)
def test_split_authors(names: list[str], expected: list[str]) -> None:
    """A field is split into people only where every part is a whole name."""
    assert tuple(Author(name=name) for name in expected) == split_authors(names)


def test_title_from_long_text() -> None:
    """A made title is at most 120 characters long, cut at a word."""
    assert "word " * 22 + "word…" == title_from("word " * 60)
