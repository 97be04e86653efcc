"""digest.identity: arXiv ids, DOIs, canonical links, and keys."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest import identity
from digest.identity import ArxivId


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2401.01234", ArxivId("2401.01234")),
        ("2401.01234v3", ArxivId("2401.01234", 3)),
        ("arXiv:1410.5401v2", ArxivId("1410.5401", 2)),
        ("arxiv: 1410.5401", ArxivId("1410.5401")),
        ("oai:arXiv.org:2508.13426v1", ArxivId("2508.13426", 1)),
        ("astro-ph/0601001v1", ArxivId("astro-ph/0601001", 1)),
        ("math.AG/0601001", ArxivId("math/0601001")),
        ("http://arxiv.org/abs/astro-ph/0601001v1", ArxivId("astro-ph/0601001", 1)),
        ("https://arxiv.org/pdf/2401.01234v2.pdf", ArxivId("2401.01234", 2)),
        ("https://export.arxiv.org/abs/2401.01234?context=cs", ArxivId("2401.01234")),
        ("https://huggingface.co/papers/2401.01234", ArxivId("2401.01234")),
        ("https://huggingface.co/datasets/2401.01234", None),
        ("https://doi.org/10.48550/arXiv.2401.01234", ArxivId("2401.01234")),
        ("https://notarxiv.org/abs/2401.01234", None),
        ("https://arxiv.org.example.com/abs/2401.01234", None),
        ("https://arxiv.org/list/cs.AI/new", None),
        ("2413.01234", None),
        ("about 2401.01234", None),
        ("", None),
    ],
)
def test_arxiv_id(given: str, expected: ArxivId | None) -> None:
    """An arXiv id is read bare, with its prefixes, or from a link to a host that uses it."""
    assert expected == identity.arxiv_id(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("10.1000/ABC.1", "10.1000/abc.1"),
        ("doi:10.1000/abc.", "10.1000/abc"),
        ("https://doi.org/10.1000/a%28b%29c", "10.1000/a(b)c"),
        ("https://journal.example/doi/10.1000/abc/full", "10.1000/abc"),
        ("https://journal.example/doi/10.1000/abc?af=R", "10.1000/abc"),
        (
            "10.1002/(SICI)1(1998)17:15<1623::AID-SIM871>3.0.CO;2-S",
            "10.1002/(sici)1(1998)17:15<1623::aid-sim871>3.0.co;2-s",
        ),
        ("10.1000/abc<br>", "10.1000/abc"),
        ("10.1000", ""),
        ("none", ""),
    ],
)
def test_doi(given: str, expected: str) -> None:
    """A DOI is read in lower case, without what stands around it."""
    assert expected == identity.doi(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("https://www.Example.org/a/", "example.org/a"),
        ("http://example.org:80/a#top", "example.org/a"),
        ("https://example.org/a?utm_source=x&b=2&a=1", "example.org/a?a=1&b=2"),
        ("https://example.org:8443/a", "example.org:8443/a"),
        ("https://example.org/A", "example.org/A"),
        ("ftp://example.org/a", ""),
        ("https://[broken/a", ""),
        ("nowhere", ""),
    ],
)
def test_canonical_url(given: str, expected: str) -> None:
    """A link keeps only what names the page."""
    assert expected == identity.canonical_url(given)


def test_keys_come_strongest_first() -> None:
    """The order of strength is arXiv id, DOI, guid, link, title."""
    found = identity.keys(
        source="here",
        title="A Title",
        url="https://example.org/a",
        guid="x1",
        arxiv="2401.01234",
        known_doi="10.1000/a",
    )
    schemes = [key.partition(":")[0] for key in found]
    assert ["arxiv", "doi", "guid", "url", "title"] == schemes


def test_guid_counts_within_its_source() -> None:
    """The same guid in two sources makes two different keys."""
    here = identity.keys(source="here", title="", guid="x1")
    there = identity.keys(source="there", title="", guid="x1")
    assert set() == set(here) & set(there)


@pytest.mark.parametrize(
    ("url", "believed"),
    [
        ("https://example.org/doi/10.1000/abc", False),
        ("https://doi.org/10.1000/abc", True),
        ("https://example.org/other", False),
    ],
)
def test_claimed_doi(url: str, believed: bool) -> None:
    """A feed's claim of a DOI counts beyond the feed only where its link is doi.org's."""
    found = identity.keys(source="here", title="T", url=url, claimed_doi="10.1000/abc")
    assert believed == ("doi:10.1000/abc" in found)


def test_feed_cannot_claim_an_arxiv_id_by_guid() -> None:
    """A guid that looks like an arXiv id, beside a link elsewhere, is only a guid."""
    found = identity.keys(
        source="here", title="T", url="https://example.org/a", guid="arXiv:2401.01234"
    )
    assert [] == [key for key in found if key.startswith("arxiv:")]


def test_an_entry_with_nothing_but_a_title_is_its_sources_own() -> None:
    """A title alone names an entry within its source only, unless the source is a saved page."""
    here, there = (identity.keys(source=name, title="A long title") for name in ("a", "b"))
    page = identity.keys(source="a", title="A long title", page=True)
    assert (1, 1, set(), ("title:a long title",)) == (
        len(here),
        len(there),
        set(here) & set(there),
        page,
    )


def test_the_same_title_and_date_is_the_same_entry_of_a_source() -> None:
    """A feed that changes ids and links, but neither title nor date, gives the same entry."""
    when = datetime(2026, 3, 1, tzinfo=UTC)
    first, later = (
        identity.keys(
            source="a", title="A long title", guid=n, url=f"https://e.org/{n}", published=when
        )
        for n in ("1", "2")
    )
    assert identity.shared_key(first, later).startswith("day:")


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (("arxiv:1", "title:a b c"), ("arxiv:1",), "arxiv:1"),
        (("arxiv:1", "url:x"), ("arxiv:2", "url:x"), ""),
        (("doi:1", "title:a b c"), ("doi:2", "title:a b c"), ""),
        (("url:x", "title:a b c"), ("url:y", "title:a b c"), ""),
        (("url:x", "title:a b c"), ("title:a b c",), "title:a b c"),
        (("title:editorial",), ("url:x", "title:editorial"), ""),
        (("guid:s.1", "url:x"), ("guid:s.1", "url:y"), ""),
        (("guid:s.1", "url:x"), ("guid:s.1",), "guid:s.1"),
        (("guid:s.1", "url:x"), ("guid:s.2", "url:x"), ""),
        (("guid:s.1", "url:x"), ("guid:t.2", "url:x"), "url:x"),
        (("guid:s.1", "url:x", "title:a"), ("guid:s.2", "url:x", "title:a"), "url:x"),
        (("doi:1", "title:a b c"), ("url:x", "title:a b c", "claim:1"), "title:a b c"),
        (("doi:1", "title:a b c"), ("url:x", "title:a b d", "claim:1"), ""),
        (("doi:1", "title:a b c"), ("url:x", "title:a b c", "claim:2"), ""),
        (("url:x", "claim:1"), ("url:y", "claim:1"), ""),
        (("guid:s.1", "url:x", "claim:1"), ("guid:s.1", "url:y", "claim:1"), ""),
    ],
)
def test_shared_key(one: tuple[str, ...], other: tuple[str, ...], expected: str) -> None:
    """A strong key joins; differing strong ones part; a title joins only what has no more."""
    assert expected == identity.shared_key(one, other)
