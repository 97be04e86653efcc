"""digest.sources: PubMed, Hacker News, OpenReview, bioRxiv, programs, and arXiv's OAI-PMH."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import response, source

from digest.errors import FetchError, ListingError
from digest.model import Author, Authority, Entry, Link, Listing, Request, Source
from digest.sources import adapter, adapters, biorxiv, command, file, hackernews, openreview, pubmed

ADA, CHARLES = Author(name="Ada Lovelace"), Author(name="Charles Babbage")
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
OWN = "own:fcec9150"  # what counts within the source "here"
SPIDERS = "10.1101/2026.03.01.900001"
KINDS = {
    "biorxiv.json": "biorxiv",
    "biorxiv.rss": "biorxiv",
    "hackernews.json": "hackernews",
    "oai_arxiv.xml": "arxiv",
    "oai_raw.xml": "arxiv",
    "openreview_1.json": "openreview",
    "openreview_2.json": "openreview",
    "pubmed.rss": "pubmed",
    "pubmed.xml": "pubmed",
}
OAI = '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">{}</OAI-PMH>'
RECORD = "<ListRecords><record>{}</record></ListRecords>"


def read(data: Path, name: str) -> Listing:
    """Parse a hand-written listing with the adapter of its kind."""
    return parsed(KINDS[name], (data / name).read_bytes())


def parsed(kind: str, body: bytes | str) -> Listing:
    """Parse a body with the adapter of a kind."""
    return adapter(kind).parse(response(body), source(kind))


def paper(title: str, *keys: str, **fields: object) -> Entry:
    """Make an entry that is known by its keys."""
    made: dict[str, object] = {
        "id": keys[0],
        "keys": keys,
        "title": title,
        "seen_in": ("here",),
        "authority": Authority.ARCHIVE,
    }
    return Entry(**made | fields)  # type: ignore[arg-type]  # fields of Entry


def article(within: str, title: str = "Looms") -> Entry:
    """Read the one article of an efetch answer."""
    made = f"<Article>{within}<ArticleTitle>{title}</ArticleTitle></Article>"
    record = f"<PubmedArticle><MedlineCitation>{made}</MedlineCitation></PubmedArticle>"
    (found,) = parsed("pubmed", f"<PubmedArticleSet>{record}</PubmedArticleSet>").entries
    return found


CLINIC = paper(
    "Looms in the clinic: a made-up trial",
    "doi:10.1000/loom.1",
    "url:pubmed.ncbi.nlm.nih.gov/99000001",
    f"{OWN}.6d5a15aa5b3ce790",
    "title:looms in the clinic a made up trial",
    url="https://pubmed.ncbi.nlm.nih.gov/99000001/",
    summary="We wove bandages of numbers.",
    authors=(ADA, CHARLES),
    published=datetime(2026, 3, 2, 11, tzinfo=UTC),
    organization="Journal of Made-up Looms",
    source_ids=("pubmed:99000001",),
)


def test_pubmed_feed(data: Path) -> None:
    """A saved search gives the PubMed id, the DOI and the journal; what has no title is left out."""
    bare = paper("A bare result", f"{OWN}.e2b3bcd2c61a4e75")
    expected = Listing(
        source="here", title="looms: latest results from PubMed", entries=(CLINIC, bare)
    )
    assert expected == read(data, "pubmed.rss")


def test_pubmed_articles(data: Path) -> None:
    """An efetch answer gives the parts of the abstract, groups as authors, and the first date."""
    (found,) = read(data, "pubmed.xml").entries
    people = (ADA, Author(name="Babbage"), Author(name="Society of Looms"))
    summary = "Background: Bandages are woven. Results: They hold H2O. No label here."
    facts = ("doi:10.1000/loom.1", CLINIC.title, summary, people, MONDAY, CLINIC.organization)
    assert facts == (
        found.id,
        found.title,
        found.summary,
        found.authors,
        found.published,
        found.organization,
    )


def test_pubmed_feed_and_articles_are_one(data: Path) -> None:
    """An article has the same keys whether it comes from the feed or from efetch."""
    feed, articles = (read(data, name).entries[0] for name in ("pubmed.rss", "pubmed.xml"))
    assert feed.keys == articles.keys


def test_pubmed_counts_what_is_left_out(data: Path) -> None:
    """An efetch answer says how many articles had no title."""
    assert ("1 articles without a title left out",) == read(data, "pubmed.xml").notes


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<Year>2026</Year>", datetime(2026, 1, 1, tzinfo=UTC)),
        ("<Year>2026</Year><Month>03</Month>", datetime(2026, 3, 1, tzinfo=UTC)),
        ("<Year>2026</Year><Month>Sept</Month><Day>4</Day>", datetime(2026, 9, 4, tzinfo=UTC)),
        ("<Year>2026</Year><Month>Loom</Month>", None),
        ("<Year>2026</Year><Month>2</Month><Day>30</Day>", None),
        ("<Year>0</Year>", None),
        ("<MedlineDate>2026 Jan-Feb</MedlineDate>", None),
        ("", None),
    ],
)
def test_pubmed_dates(said: str, expected: datetime | None) -> None:
    """A month may be a name or lack, and a day too; a date that is none is not known."""
    issue = f"<Journal><JournalIssue><PubDate>{said}</PubDate></JournalIssue></Journal>"
    assert expected == article(issue).published


def test_pubmed_without_identifiers() -> None:
    """An article without id and DOI counts by its title, within the source."""
    assert ("Looms", "", (), "own") == (
        (found := article("")).title,
        found.url,
        found.source_ids,
        found.id.split(":")[0],
    )


def test_stories(data: Path) -> None:
    """A story has its link, its points and its discussion; one without a link is its discussion."""
    page = "https://news.ycombinator.com/item?id=9000000"
    linked = paper(
        "Show HN: A loom & its engine",
        "guid:fcec9150.577fd6d692b3e954",
        "url:loom.example/engine",
        "title:show hn a loom its engine",
        url="https://loom.example/engine",
        authors=(Author(name="ada"),),
        published=datetime(2026, 3, 2, 10, tzinfo=UTC),
        upvotes=321,
        comments=12,
        links=(Link(rel="discussion", url=f"{page}1"),),
        source_ids=("90000001",),
        authority=Authority.FEED,
    )
    asked = paper(
        "Ask HN: How do you weave?",
        "guid:fcec9150.b079a62cbbf2c9f9",
        "url:news.ycombinator.com/item?id=90000002",
        "title:ask hn how do you weave",
        url=f"{page}2",
        summary="Shuttle or needle?",
        authors=(Author(name="charles"),),
        published=datetime(2026, 3, 1, 22, tzinfo=UTC),
        upvotes=60,
        comments=0,
        source_ids=("90000002",),
        authority=Authority.FEED,
    )
    assert (linked, asked) == read(data, "hackernews.json").entries


@pytest.mark.parametrize("name", ["openreview_1.json", "openreview_2.json"])
def test_notes(data: Path, name: str) -> None:
    """Both APIs give the same paper, whether fields are bare or hold a value."""
    expected = paper(
        "Looms that Learn to Weave",
        "guid:fcec9150.a4335e0fcaf7157a",
        "url:openreview.net/forum?id=madeUpForum1",
        f"{OWN}.b118319d462672ff",
        "title:looms that learn to weave",
        url="https://openreview.net/forum?id=madeUpForum1",
        summary="We train $n$ looms.",
        authors=(ADA, CHARLES),
        categories=("looms", "weaving"),
        published=datetime(2026, 3, 2, 10, tzinfo=UTC),
        organization="Submitted to ICWL 2026",
        links=(Link(rel="pdf", url="https://openreview.net/pdf/made-up.pdf"),),
        source_ids=("madeUpForum1",),
    )
    assert Listing(source="here", title="OpenReview", entries=(expected,)) == read(data, name)


@pytest.mark.parametrize("when", ["true", '"2026"', "null", "1e400", "-1e30", "[]", "9" * 400])
def test_notes_with_odd_dates(when: str) -> None:
    """A date that is no number of milliseconds is not known."""
    body = f'{{"notes": [{{"id": "a", "cdate": {when}, "content": {{"title": "Looms"}}}}]}}'
    (found,) = parsed("openreview", body).entries
    assert found.published is None


def test_biorxiv_feed(data: Path) -> None:
    """A feed's entry is known by the DOI it states, with the version of its link."""
    expected = paper(
        "Spiders weave by numbers",
        f"doi:{SPIDERS}",
        f"url:biorxiv.org/content/{SPIDERS}v2",
        f"{OWN}.8d5ba0d1b2b6ac23",
        "title:spiders weave by numbers",
        url=f"https://www.biorxiv.org/content/{SPIDERS}v2?rss=1",
        summary="We watched spiders that were made up.",
        authors=(Author(name="Lovelace, A."),),
        published=MONDAY,
        version=2,
        source_ids=(f"https://www.biorxiv.org/content/{SPIDERS}v2?rss=1",),
    )
    assert (expected,) == read(data, "biorxiv.rss").entries


def test_biorxiv_api(data: Path) -> None:
    """The versions of a paper in one answer of the API are one entry, the newest."""
    expected = paper(
        "Spiders weave by numbers",
        f"doi:{SPIDERS}",
        f"url:doi.org/{SPIDERS}",
        f"{OWN}.e05052f32b7bf8e4",
        "title:spiders weave by numbers",
        url=f"https://doi.org/{SPIDERS}",
        summary="We watched spiders that were made up.",
        authors=(Author(name="Lovelace, A."), Author(name="Babbage, C.")),
        categories=("weaving",),
        published=MONDAY,
        version=2,
        announce="replace",
        source_ids=(SPIDERS,),
    )
    assert (expected,) == read(data, "biorxiv.json").entries


def test_command_reads_json_feed(data: Path) -> None:
    """A program's output is read as a feed of the same bytes is."""
    body = (data / "feed.json").read_bytes()
    assert parsed("feed", body) == parsed("command", body)


def test_oai_arxiv(data: Path) -> None:
    """In the format arXiv authors stand apart, dates are days, and of two DOIs the first counts."""
    (found,) = read(data, "oai_arxiv.xml").entries
    assert weave("doi:10.1000/loom.1") == found


def weave(*dois: str, **fields: object) -> Entry:
    """Make the paper of the OAI-PMH answers."""
    url = "arxiv.org/abs/2603.00001"
    made: dict[str, object] = {
        "url": f"https://{url}",
        "summary": "We weave numbers.",
        "authors": (ADA, Author(name="Babbage")),
        "categories": ("cs.XX", "math.YY"),
        "published": datetime(2026, 3, 1, tzinfo=UTC),
        "updated": MONDAY,
        "links": (Link(rel="pdf", url="https://arxiv.org/pdf/2603.00001"),),
        "source_ids": ("2603.00001",),
    }
    keys = ("arxiv:2603.00001", *dois, f"url:{url}", "title:engines that weave")
    return paper("Engines that Weave", *keys, **made | fields)
