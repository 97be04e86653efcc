"""digest.sources.arxiv: its Atom and RSS feeds, the API's answers, and the RDF before 2024."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import response, source

from digest.errors import FetchError, ListingError, SourceError
from digest.model import Author, Authority, Entry, Link, Listing
from digest.sources import arxiv

HERE = source("arxiv", arxiv.Options(categories=("cs.XX",)))
FEED = '<feed xmlns="http://www.w3.org/2005/Atom"><title>{title}</title>{entries}</feed>'
ENTRY = "<entry><id>{id}</id><title>{title}</title><link href='{link}'/>{more}</entry>"


def read(data: Path, name: str) -> Listing:
    """Parse a hand-written listing."""
    return arxiv.parse(response((data / name).read_bytes()), HERE)


def paper(number: str, title: str, words: str, **fields: object) -> Entry:
    """Make the entry of a paper without DOI."""
    made: dict[str, object] = {
        "id": f"arxiv:{number}",
        "title": title,
        "url": f"https://arxiv.org/abs/{number}",
        "links": (Link(rel="pdf", url=f"https://arxiv.org/pdf/{number}"),),
        "seen_in": ("here",),
        "keys": (f"arxiv:{number}", f"url:arxiv.org/abs/{number}", f"title:{words}"),
        "authority": Authority.ARCHIVE,
    }
    return Entry(**made | fields)  # type: ignore[arg-type]  # fields of Entry


def people(*names: str) -> tuple[Author, ...]:
    """Make authors."""
    return tuple(Author(name=name) for name in names)


def test_atom_feed(data: Path) -> None:
    """A feed's entry has its abstract without preamble, and authors without affiliations."""
    expected = paper(
        "2603.00001",
        r"Engines that Weave: $\alpha < \beta$",
        "engines that weave alpha beta",
        summary="We weave numbers. The loom is small.",
        authors=people("Ada Lovelace", "Charles Babbage"),
        categories=("cs.XX", "cs.YY"),
        published=datetime(2026, 3, 2, 5, tzinfo=UTC),
        updated=datetime(2026, 3, 2, 5, 0, 19, tzinfo=UTC),
        announce="new",
        source_ids=("oai:arXiv.org:2603.00001v1",),
    )
    assert expected == read(data, "arxiv_new.atom").entries[0]


def test_replacement(data: Path) -> None:
    """A replacement is known as such, with its version and its DOI."""
    found = read(data, "arxiv_new.atom").entries[1]
    assert (True, "replace-cross", 3, "doi:10.1000/loom.9") == (
        found.replaced,
        found.announce,
        found.version,
        found.keys[1],
    )


def test_rss_feed(data: Path) -> None:
    """The RSS of the same feed server is read like its Atom."""
    moment = datetime(2026, 3, 2, 5, tzinfo=UTC)
    expected = paper(
        "2603.00001",
        "Engines that Weave",
        "engines that weave",
        summary="We weave numbers.",
        authors=people("Ada Lovelace", "Charles Babbage"),
        categories=("cs.XX",),
        published=moment,
        updated=moment,
        announce="cross",
        source_ids=("oai:arXiv.org:2603.00001v1",),
    )
    assert (expected,) == read(data, "arxiv_new.rss").entries


def test_api_answer(data: Path) -> None:
    """The API's entry keeps each author whole, and an id of the old form."""
    expected = paper(
        "astro-ph/0601001",
        "Looms of the Sky",
        "looms of the sky",
        summary="Stars are woven.",
        authors=people("Ada Lovelace", "The Loom, and Friends Collaboration"),
        categories=("astro-ph",),
        published=datetime(2006, 1, 1, 12, tzinfo=UTC),
        updated=datetime(2006, 1, 5, 17, 59, 49, tzinfo=UTC),
        version=2,
        source_ids=("http://arxiv.org/abs/astro-ph/0601001v2",),
        keys=(
            "arxiv:astro-ph/0601001",
            "doi:10.1000/sky.1",
            "url:arxiv.org/abs/astro-ph/0601001",
            "title:looms of the sky",
        ),
    )
    assert (expected,) == read(data, "arxiv_api.atom").entries


def test_old_rdf(data: Path) -> None:
    """The RDF before 2024 hides id and category in the title, and markup in the rest."""
    expected = paper(
        "1805.00001",
        "Spin of Looms",
        "spin of looms",
        summary=r"We spin at $2.6<\eta<4$.",
        authors=people("Ada Lovelace", "Charles Babbage"),
        categories=("xx-ex",),
        published=datetime(2018, 5, 1, tzinfo=UTC),
        announce="new",
        source_ids=("http://arxiv.org/abs/1805.00001",),
    )
    assert expected == read(data, "arxiv_old.rdf").entries[0]


def test_old_rdf_announcements(data: Path) -> None:
    """UPDATED and CROSS LISTED in an old title tell replacements and cross-lists."""
    found = read(data, "arxiv_old.rdf").entries
    assert [("new", 1), ("replace", 3), ("cross", 1)] == [(e.announce, e.version) for e in found]


def test_paper_listed_twice_is_one() -> None:
    """A paper that a feed lists under two categories is one entry, and new if new in either."""
    rows = [
        ENTRY.format(
            id="oai:arXiv.org:2603.00001v1",
            title="T",
            link="https://arxiv.org/abs/2603.00001",
            more=f"<summary>arXiv:2603.00001v1 Announce Type: {kind} \nAbstract: A.</summary>",
        )
        for kind in ("cross", "new")
    ]
    found = arxiv.parse(response(FEED.format(title="x", entries="".join(rows))), HERE)
    assert ["new"] == [entry.announce for entry in found.entries]


def test_empty_feed() -> None:
    """A feed without entries, as on a weekend, is a valid listing."""
    assert () == arxiv.parse(response(FEED.format(title="cs.XX", entries="")), HERE).entries


@pytest.mark.parametrize(
    ("title", "entries", "kind", "said"),
    [
        (
            "Feed error for query: cs.ZZ",
            "",
            FetchError,
            (
                "arXiv refused: Feed error for query: cs.ZZ; "
                "see https://arxiv.org/category_taxonomy for the names of categories"
            ),
        ),
        (
            "arXiv Search Results",
            ENTRY.format(
                id="https://arxiv.org/api/errors#bad_id",
                title="Error",
                link="https://arxiv.org/api/errors#bad_id",
                more="<summary>incorrect id</summary>",
            ),
            FetchError,
            "arXiv refused the query: incorrect id; mend the query in url",
        ),
        (
            "A blog",
            ENTRY.format(id="x", title="T", link="https://blog.example/1", more=""),
            ListingError,
            'is a feed without arXiv papers; use kind = "feed" for other feeds',
        ),
    ],
)
def test_errors_in_the_form_of_feeds(
    title: str, entries: str, kind: type[SourceError], said: str
) -> None:
    """A valid feed that states an error, or is not arXiv's, is refused with its words."""
    with pytest.raises(kind) as caught:
        arxiv.parse(response(FEED.format(title=title, entries=entries)), HERE)
    assert f"here: {said}" == str(caught.value)


def test_entries_without_id_are_counted(data: Path) -> None:
    """Entries that are no papers are left out, and the listing says how many."""
    text = (data / "arxiv_new.rss").read_text(encoding="utf-8")
    odd = "<item><title>Note</title><link>https://blog.example/</link></item></channel>"
    found = arxiv.parse(response(text.replace("</channel>", odd)), HERE)
    assert (1, ("left out 1 without arXiv id or title",)) == (
        len(found.entries),
        found.notes,
    )


def test_cut_feed_keeps_what_can_be_read(data: Path) -> None:
    """Of a feed that breaks off, the whole entries are kept, and the fault is noted."""
    text = (data / "arxiv_new.atom").read_text(encoding="utf-8")
    found = arxiv.parse(response(text[: text.index("An Older Loom") - 10]), HERE)
    assert ("arxiv:2603.00001", True) == (
        found.entries[0].id,
        found.notes[0].startswith("the feed is broken ("),
    )


def test_each_category_is_asked_for_by_itself() -> None:
    """An over-full query drops new papers, so categories are not joined."""
    asked = arxiv.requests(source("arxiv", arxiv.Options(categories=("cs.LG", "cs.CL"))))
    expected = ["https://rss.arxiv.org/atom/cs.LG", "https://rss.arxiv.org/atom/cs.CL"]
    assert expected == [request.url for request in asked]


def test_url_is_asked_for_instead() -> None:
    """A configured query is asked as it stands."""
    url = "https://export.arxiv.org/api/query?search_query=all:loom"
    (asked,) = arxiv.requests(source("arxiv", arxiv.Options(url=url)))
    assert url == asked.url


@pytest.mark.parametrize("categories", [(), ("cs LG",), ("cs.LG/../x",), ("cs.LG+cs.CL",), ("",)])
def test_categories_refused(categories: tuple[str, ...]) -> None:
    """What cannot be a category is refused before it is asked for."""
    with pytest.raises(ValueError, match="categor"):
        arxiv.Options(categories=categories)


def test_pace() -> None:
    """ArXiv is asked at most once in three seconds."""
    assert 3.0 == arxiv.ADAPTER.pace
