"""digest.sources: the best text and date that a listing gives, and what is no markup in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from builders import response, source

from digest.model import Entry
from digest.sources import adapter

RSS = (
    '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
    "<channel><title>T</title><item>{}</item></channel></rss>"
)
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry>{}</entry></feed>'
LONG = "We weave numbers on looms that were made up for the purpose, " * 3
NOVEMBER = datetime(2026, 11, 20, tzinfo=UTC)


def parsed(kind: str, body: str) -> Entry:
    """Parse a body of one entry with the adapter of a kind."""
    (found,) = adapter(kind).parse(response(body), source(kind)).entries
    return found


def item(kind: str, description: str, content: str) -> Entry:
    """Parse an item with a description and a content."""
    texts = f"<description>{description}</description>"
    texts += f"<content:encoded><![CDATA[{content}]]></content:encoded>"
    return parsed(kind, RSS.format(f"<title>Looms</title>{texts}"))


@pytest.mark.parametrize("end", ["…", "...", " […]", " [...]"])
def test_summary_that_is_cut_off(end: str) -> None:
    """A summary that is but the content's beginning gives way to it."""
    found = item("feed", f"{LONG[:100].strip()}{end}", f"<p>{LONG}</p>")
    assert LONG.strip() == found.summary


@pytest.mark.parametrize(
    "stub",
    [
        "TAXON, EarlyView.",
        "Open access",
        "Journal of Made-up Looms and Engines, Volume 70, Issue 6, Page 1327-1328, December 2021.",
    ],
)
def test_summary_that_is_a_stub(stub: str) -> None:
    """A summary of a few words, or of the place in a journal, gives way to the content."""
    assert LONG.strip() == item("feed", stub, f"<p>{LONG}</p>").summary


@pytest.mark.parametrize("summary", [LONG.strip(), f"{'Another text. ' * 6}…", "A few words."])
def test_summary_that_stays(summary: str) -> None:
    """A summary that says something of its own stays, and a short one beside a shorter content."""
    content = "Short." if len(summary) < 60 else f"<p>A whole page. {LONG}</p>"
    assert summary == item("feed", summary, content).summary


CITATION = "<p>J Loom. 2026 Mar 2. doi: 10.1000/loom.1.</p>"
NUMBERS = "<p>PMID:<a href='https://p.example/'>99000001</a> | DOI:<a href=d>10.1000/loom.1</a></p>"


@pytest.mark.parametrize(
    ("description", "content", "expected"),
    [
        (f"{LONG[:90]}...", f"<p><b>ABSTRACT</b></p><p>{LONG}</p>", LONG.strip()),
        ("No abstract", "", "No abstract"),
        ("", "<p><b>ABSTRACT</b></p><p>We weave.</p>", "We weave."),
    ],
)
def test_pubmed_abstract(description: str, content: str, expected: str) -> None:
    """Of PubMed's content the abstract is taken, without the citation and the numbers."""
    assert expected == item("pubmed", description, f"{CITATION}{content}{NUMBERS}").summary


@pytest.mark.parametrize(
    "said",
    [
        "2026/11/20 10:00",
        "2026.11.20",
        "2026年11月20日",
        "2026-11-20",
        "2026/11/20",
    ],
)
def test_dates_in_figures(said: str) -> None:
    """The day of a date in figures is the day it says, whatever parts them."""
    found = parsed("feed", RSS.format(f"<title>Looms</title><pubDate>{said}</pubDate>"))
    assert found.published is not None
    assert NOVEMBER.date() == found.published.date()


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-11-20T23:30:00-10:00", datetime(2026, 11, 21, 9, 30, tzinfo=UTC)),
        ("2026-11-20T01:00:00+14:00", datetime(2026, 11, 19, 11, tzinfo=UTC)),
        ("2026/11/2", datetime(2026, 11, 2, tzinfo=UTC)),
        ("2026/13/45", None),
    ],
)
def test_dates_with_zones(said: str, expected: datetime | None) -> None:
    """A zone may put a moment on the day before or after; a day that is none is not known."""
    found = parsed("feed", RSS.format(f"<title>Looms</title><pubDate>{said}</pubDate>"))
    assert expected == found.published


TOKENS = "Tokens <s> and </s>, and if p<q and q>r"
ESCAPED = TOKENS.replace("<", "&lt;").replace(">", "&gt;")


def test_arxiv_feed_is_plain_text() -> None:
    """What looks like a tag in arXiv's Atom is none."""
    link = (
        '<id>http://arxiv.org/abs/2603.00001v1</id><link href="http://arxiv.org/abs/2603.00001"/>'
    )
    texts = f"<title>{ESCAPED}</title><summary>{ESCAPED}</summary>"
    found = parsed("arxiv", ATOM.format(link + texts))
    assert (TOKENS, TOKENS) == (found.title, found.summary)


def test_arxiv_records_are_plain_text() -> None:
    """What looks like a tag in arXiv's answer to OAI-PMH is none."""
    texts = f"<id>2603.00001</id><title>{ESCAPED}</title><abstract>{ESCAPED}</abstract>"
    found = parsed("arxiv", f"<OAI-PMH><metadata><arXiv>{texts}</arXiv></metadata></OAI-PMH>")
    assert (TOKENS, TOKENS) == (found.title, found.summary)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"content_text": "a List<String> and <b>"}, "a List<String> and <b>"),
        ({"summary": "<i> is a tag"}, "<i> is a tag"),
        ({"content_html": "<p>Two <b>looms</b>"}, "Two looms"),
    ],
)
def test_json_feed_texts(row: dict[str, str], expected: str) -> None:
    """Only content_html of a JSON Feed is HTML; its titles and other texts are plain."""
    found = parsed("feed", json.dumps({"items": [row | {"title": "The <s> token"}]}))
    assert ("The <s> token", expected) == (found.title, found.summary)


def test_json_feed_modified_only() -> None:
    """An item that tells only when it was changed was there then."""
    rows = [{"title": "Looms", "date_modified": "2026-11-20T00:00:00Z"}]
    found = parsed("feed", json.dumps({"items": rows}))
    assert (NOVEMBER, NOVEMBER) == (found.published, found.updated)
