"""digest.sources: PubMed, Hacker News, OpenReview, bioRxiv, programs, and arXiv's OAI-PMH."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import response, source

from digest.errors import FetchError, ListingError
from digest.model import Author, Authority, Entry, Link, Listing
from digest.sources import adapter, file, kinds

ADA, CHARLES = Author(name="Ada Lovelace"), Author(name="Charles Babbage")
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
OWN = "own:fcec9150"  # what counts within the source "here"
DOI = "10.1101/2026.03.01.900001"
NAMES = (
    *("arxiv_oai.xml", "arxiv_raw.xml", "biorxiv.json", "biorxiv.rss", "hackernews.json"),
    *("openreview_1.json", "openreview_2.json", "pubmed.rss", "pubmed.xml"),
)


def kind_of(name: str) -> str:
    """Give the kind that a file's name begins with."""
    return name.replace(".", "_").split("_")[0]


def read(data: Path, name: str) -> Listing:
    """Parse a hand-written listing with the adapter of its kind."""
    return parsed(kind_of(name), (data / name).read_bytes())


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
    """A saved search gives id, DOI and journal; what has no title is left out."""
    bare = paper("A bare result", f"{OWN}.e2b3bcd2c61a4e75")
    assert (CLINIC, bare) == read(data, "pubmed.rss").entries


def test_pubmed_articles(data: Path) -> None:
    """An efetch answer gives the same paper: the parts of its abstract, groups, the first date."""
    expected = replace(
        CLINIC,
        summary="Background: Bandages are woven. Results: They hold H2O. No label here.",
        authors=(ADA, Author(name="Babbage"), Author(name="Society of Looms")),
        published=MONDAY,
    )
    note = "left out 1 without title and text"
    listing = Listing(source="here", title="PubMed", entries=(expected,), notes=(note,))
    assert listing == read(data, "pubmed.xml")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("<Year>2026</Year>", datetime(2026, 1, 1, tzinfo=UTC)),
        ("<Year>2026</Year><Month>03</Month>", datetime(2026, 3, 1, tzinfo=UTC)),
        ("<Year>2026</Year><Month>Sept</Month><Day>4</Day>", datetime(2026, 9, 4, tzinfo=UTC)),
        ("<Year>2026</Year><Month>Loom</Month>", None),
        ("<Year>2026</Year><Month>2</Month><Day>30</Day>", None),
        ("<Year>0</Year>", None),
        ("<MedlineDate>1998 Nov-Dec</MedlineDate>", datetime(1998, 11, 1, tzinfo=UTC)),
        ("<MedlineDate>2000 Spring</MedlineDate>", datetime(2000, 1, 1, tzinfo=UTC)),
        ("<MedlineDate>1998-1999</MedlineDate>", datetime(1998, 1, 1, tzinfo=UTC)),
        ("<MedlineDate>Spring</MedlineDate>", None),
        ("", None),
    ],
)
def test_pubmed_dates(said: str, expected: datetime | None) -> None:
    """A month may be a name or lack, and a day too; a date that is none is not known."""
    day = f"<Journal><JournalIssue><PubDate>{said}</PubDate></JournalIssue></Journal>"
    cited = f"<MedlineCitation><Article>{day}<ArticleTitle>L</ArticleTitle></Article>"
    article = f"<PubmedArticle>{cited}</MedlineCitation></PubmedArticle>"
    (found,) = parsed("pubmed", f"<PubmedArticleSet>{article}</PubmedArticleSet>").entries
    assert expected == found.published


def test_story(data: Path) -> None:
    """A story has its link, its points and comments, and its discussion."""
    expected = paper(
        "Show HN: A loom & its engine",
        *("guid:fcec9150.577fd6d692b3e954", "url:loom.example/engine"),
        "own:fcec9150.5cc9ff17f879be55",
        "title:show hn a loom its engine",
        url="https://loom.example/engine",
        authors=(Author(name="ada"),),
        published=datetime(2026, 3, 2, 10, tzinfo=UTC),
        upvotes=321,
        comments=12,
        links=(Link(rel="discussion", url="https://news.ycombinator.com/item?id=90000001"),),
        source_ids=("90000001",),
        authority=Authority.FEED,
    )
    assert expected == read(data, "hackernews.json").entries[0]


def test_story_without_link(data: Path) -> None:
    """A story without a link is its own discussion, and has its text."""
    _, found = read(data, "hackernews.json").entries
    expected = ("https://news.ycombinator.com/item?id=90000002", (), "Shuttle or needle?", 0)
    assert expected == (found.url, found.links, found.summary, found.comments)


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


SPIDER_KEYS = (f"{OWN}.e05052f32b7bf8e4", "title:spiders weave by numbers")
SPIDERS = paper(
    "Spiders weave by numbers",
    f"doi:{DOI}",
    f"url:doi.org/{DOI}",
    *SPIDER_KEYS,
    url=f"https://doi.org/{DOI}",
    summary="We watched spiders that were made up.",
    authors=(Author(name="Lovelace, A."), Author(name="Babbage, C.")),
    categories=("weaving",),
    published=MONDAY,
    version=2,
    announce="replace",
    source_ids=(DOI,),
)


def test_biorxiv_api(data: Path) -> None:
    """The versions of a paper in one answer of the API are one entry, the newest."""
    assert (SPIDERS,) == read(data, "biorxiv.json").entries


def test_biorxiv_feed(data: Path) -> None:
    """A feed's entry is known by the DOI it states, with the version of its link."""
    page = f"biorxiv.org/content/{DOI}v2"
    expected = replace(
        SPIDERS,
        keys=(f"doi:{DOI}", f"url:{page}", *SPIDER_KEYS),
        url=f"https://www.{page}?rss=1",
        authors=SPIDERS.authors[:1],
        categories=(),
        announce="",
        source_ids=(f"https://www.{page}?rss=1",),
    )
    assert (expected,) == read(data, "biorxiv.rss").entries


def test_command(data: Path) -> None:
    """A program's output is read as a feed of the same bytes is."""
    body = (data / "feed.json").read_bytes()
    assert parsed("feed", body) == parsed("command", body)


WEAVE_KEYS = ("url:arxiv.org/abs/2603.00001", "title:engines that weave")
WEAVE = paper(
    "Engines that Weave",
    *("arxiv:2603.00001", "doi:10.1000/loom.1", *WEAVE_KEYS),
    url="https://arxiv.org/abs/2603.00001",
    summary="We weave numbers.",
    authors=(ADA, Author(name="Babbage")),
    categories=("cs.XX", "math.YY"),
    published=datetime(2026, 3, 1, tzinfo=UTC),
    updated=MONDAY,
    links=(Link(rel="pdf", url="https://arxiv.org/pdf/2603.00001"),),
    source_ids=("2603.00001",),
)


def test_oai_arxiv(data: Path) -> None:
    """In the format arXiv the first DOI counts; a deleted record is passed over."""
    expected = Listing(source="here", title="arXiv (OAI-PMH)", entries=(WEAVE,))
    assert expected == read(data, "arxiv_oai.xml")


def test_oai_raw(data: Path) -> None:
    """In the format arXivRaw the versions tell the dates, and authors are one string."""
    expected = replace(
        WEAVE,
        keys=("arxiv:2603.00001", *WEAVE_KEYS),
        authors=(ADA, CHARLES),
        published=datetime(2026, 3, 1, 10, tzinfo=UTC),
        updated=datetime(2026, 3, 2, 11, tzinfo=UTC),
        version=2,
    )
    assert (expected,) == read(data, "arxiv_raw.xml").entries


@pytest.mark.parametrize(
    "within",
    [
        '<error code="noRecordsMatch">Nothing of that day.</error>',
        "<ListRecords/>",
        '<ListRecords><record><header status="deleted"/></record></ListRecords>',
    ],
)
def test_oai_empty(within: str) -> None:
    """No record that matches, or none that is left, is a valid listing of none."""
    expected = Listing(source="here", title="arXiv (OAI-PMH)")
    assert expected == parsed("arxiv", f"<OAI-PMH>{within}</OAI-PMH>")


@pytest.mark.parametrize(("words", "said"), [("No such set.", "No such set."), ("", "badArgument")])
def test_oai_error(words: str, said: str) -> None:
    """An error of the repository is a refusal, told in its words or by its code."""
    with pytest.raises(FetchError) as caught:
        parsed("arxiv", f'<OAI-PMH><error code="badArgument">{words}</error></OAI-PMH>')
    expected = (f"here: the repository refused: {said}; mend the query in url", "refused")
    assert expected == (str(caught.value), caught.value.state)


NO_FEED = "is not a feed but {}; give the address of an RSS, Atom or JSON feed"
FORMATS = {
    "arxiv": NO_FEED,
    "biorxiv": NO_FEED,
    "command": 'is not a JSON Feed but {}; a JSON Feed is an object with a list "items"',
    "hackernews": "is not an answer about stories but {}; the API answers with an object that "
    "holds hits",
    "openreview": "is not a list of notes but {}; the API answers with an object that holds notes",
    "pubmed": NO_FEED,
}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "an empty file"),
        ("[]", "a JSON list of nothing"),
        ("<!doctype html><title>Sorry</title>", 'an HTML page titled "Sorry"'),
        ("<notes><note/></notes>", "XML whose root is <notes>"),
    ],
)
def test_what_is_none_of_theirs(kind: str, body: str, said: str) -> None:
    """A body that is not of the source's format is named for what it is."""
    with pytest.raises(ListingError) as caught:
        parsed(kind, body)
    assert f"here: {FORMATS[kind].format(said)}" == str(caught.value)


@pytest.mark.parametrize("name", NAMES)
def test_told_apart(data: Path, name: str) -> None:
    """Of all kinds its own alone is sure of a body, and a file of it is read by that kind."""
    body = (data / name).read_bytes()
    sure = [kind for kind in kinds() if adapter(kind).recognises(body) == 2]
    expected = ([kind_of(name)], read(data, name))
    assert expected == (sure, file.parse(response(body), source("file")))
