"""digest.merging: what an entry made of several says, and which are made one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from builders import entry

from digest import merging
from digest.model import Authority, Entry, Link


def test_merge_keeps_the_better_source() -> None:
    """The archive's title, link and text prevail; counts come from whoever counts."""
    paper = entry("Right Title", arxiv="2401.01234", source="arxiv", authority=Authority.ARCHIVE)
    daily = entry(
        "right title (hot!)", arxiv="2401.01234", source="papers", summary="Text.", upvotes=7
    )
    daily = replace(daily, authority=Authority.DAILY_PAPERS)
    expected = replace(
        paper,
        id=daily.id,
        summary="Text.",
        upvotes=7,
        seen_in=("papers", "arxiv"),
        keys=("arxiv:2401.01234", "title:right title hot", "title:right title"),
    )
    assert expected == merging.merge(daily, paper)


def test_merge_takes_the_newer_version_of_equals() -> None:
    """Between equals the newer version's words prevail, and the id stays."""
    old = entry("Old title", arxiv="2401.01234", version=1)
    new = entry("New title", arxiv="2401.01234", version=2)
    merged = merging.merge(old, new)
    assert (old.id, "New title", 2) == (merged.id, merged.title, merged.version)


def test_merge_knows_the_highest_version() -> None:
    """The version is the highest that any source knows of, whosever words prevail."""
    paper = entry(arxiv="2401.01234", version=1, authority=Authority.ARCHIVE)
    assert 2 == merging.merge(paper, entry(arxiv="2401.01234", version=2)).version


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("cross", "new", "new"),
        ("replace-cross", "cross", "cross"),
        ("", "replace", "replace"),
        ("", "", ""),
    ],
)
def test_merge_announcement(one: str, other: str, expected: str) -> None:
    """A paper that is new in any listing is new."""
    merged = merging.merge(entry(announce=one), entry(announce=other))
    assert expected == merged.announce


def test_merge_links() -> None:
    """Links of a kind that the better source lacks are added."""
    mine, theirs = (
        Link(rel="pdf", url="https://a.example"),
        Link(rel="pdf", url="https://b.example"),
    )
    code = Link(rel="code", url="https://c.example")
    other = entry(links=(theirs, code), source="other")
    merged = merging.merge(entry(links=(mine,)), other)
    assert (mine, code) == merged.links


def test_unite_keeps_the_order_of_first_appearance() -> None:
    """United entries stand where they appeared first."""
    one, two = entry("Paper one is here", arxiv="2401.00001"), entry("Two", arxiv="2401.00002")
    again = entry("Paper one is here", source="page", page=True)
    united = merging.unite([one, two, again])
    assert [one.id, two.id] == [found.id for found in united]


def test_unite_bridges() -> None:
    """Two entries become one when a third shares a paper's id with both."""
    one = entry("First words of it", arxiv="2401.00001")
    two = entry("Second words of it", doi="10.1000/abc")
    both = entry("Third words of it", arxiv="2401.00001", doi="10.1000/abc")
    (united,) = merging.unite([one, two, both])
    assert one.id == united.id


def test_a_feed_does_not_tie_entries_together() -> None:
    """A guid on one entry and a link to another leave all three apart, each with an id."""
    one = entry("First words of it", guid="g", url="")
    two = entry("Second words of it", url="https://example.org/a")
    both = entry("Third words of it", guid="g", url="https://example.org/a")
    found = merging.unite([one, two, both])
    assert [one.title, two.title, both.title] == [entry.title for entry in found]
    assert 3 == len({entry.id for entry in found})


def test_unite_keeps_namesakes_apart() -> None:
    """Two entries with the same title but links of their own stay two."""
    one, two = (entry("Editorial", url=f"https://example.org/{n}") for n in (1, 2))
    assert (one, two) == merging.unite([one, two])


MONDAY, NEXT = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)


def column(week: int, at: datetime) -> Entry:
    """Make this week's post of a column: the same title and author, another guid and link."""
    url = f"https://blog.example/{week}"
    return entry("Monday assorted links", authors=["Tyler"], guid=f"g{week}", url=url, published=at)


def known(*stored: Entry) -> dict[str, Entry]:
    """Give stored entries by their keys, the first of each."""
    return {key: one for one in reversed(stored) for key in one.keys}


@pytest.mark.parametrize(
    ("stored", "listed", "same"),
    [
        ([column(1, MONDAY)], [column(2, NEXT)], [None]),
        ([column(1, MONDAY)], [column(2, MONDAY)], [1]),
        ([column(1, MONDAY)], [column(2, MONDAY), column(1, MONDAY)], [None, 1]),
        ([], [column(1, MONDAY), column(2, MONDAY)], [None, None]),
        ([column(1, MONDAY)], [column(3, MONDAY), column(2, MONDAY)], [1, None]),
    ],
    ids=["another week", "all ids changed", "still listed", "side by side", "taken once"],
)
def test_posts_under_one_title(
    stored: list[Entry], listed: list[Entry], same: list[int | None]
) -> None:
    """A title that recurs is the same entry only where nothing else of it is in the listing."""
    found = merging.identified(merging.unite(listed), known(*stored))
    given = [ones[0].url[-1:] if ones else None for _, ones in found]
    assert [n and str(n) for n in same] == given


@pytest.mark.parametrize("shared", ["guid", "url"])
def test_a_guid_or_link_of_all_names_none(shared: str) -> None:
    """Entries of a listing that share a guid or link under titles of their own stay apart."""
    guid, url = ("g", "") if shared == "guid" else ("", "https://example.org/")
    names = ("Apes", "Bears", "Cats")
    listed = [entry(f"{name} of the zoo today", guid=guid, url=url) for name in names]
    found = merging.unite(listed)
    again = list(merging.identified(merging.unite(listed), known(*found)))
    assert (3, [one.id for one in found]) == (len(found), [same[0].id for _, same in again])


def test_the_first_source_corrects_its_words() -> None:
    """The source whose words are shown may correct them, also once another lists the entry."""
    first = entry("A tittle", source="one", url="https://example.org/a")
    both = merging.merge(first, replace(first, title="Its title", seen_in=("two",)))
    corrected = replace(first, title="A title")
    assert ("A tittle", "A title") == (both.title, merging.merge(both, corrected).title)
