"""digest.sources.file: formats told apart, saved pages in both shapes, and what is no listing."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from builders import NOW, entry, response, source

from digest.errors import ListingError
from digest.model import Authority, Entry, Listing, Request
from digest.sources import _savedpage, adapter, adapters, file, kinds

HERE = source("file")
PROSE = "We weave numbers and flowers on a loom that never drops a thread, " * 4
PAGE = f"Get trending papers in your email inbox!\n\nA Title\n\n{PROSE}\n\n"


def read(body: bytes | str) -> Listing:
    """Parse a file's bytes."""
    return file.parse(response(body), HERE)


def saved(title: str, summary: str) -> Entry:
    """Make the entry of a saved page."""
    return entry(
        title,
        source="here",
        page=True,
        summary=summary,
        source_ids=(title,),
        authority=Authority.DAILY_PAPERS,
    )


@pytest.mark.parametrize(
    ("name", "title", "number"),
    [
        ("arxiv_api.atom", "arXiv Query: search_query=all:loom&id_list=&start=0&max_results=5", 1),
        ("arxiv_new.atom", "cs.XX updates on arXiv.org", 2),
        ("arxiv_new.rss", "cs.XX updates on arXiv.org", 1),
        ("arxiv_old.rdf", "xx-ex updates on arXiv.org", 3),
        ("daily_papers.json", "Daily Papers", 2),
        ("feed.json", "Loom & Shuttle", 2),
        ("journal.rss", "Journal of & Looms", 4),
        ("saved_lines.txt", "Daily Papers (saved page)", 2),
        ("saved_spaced.txt", "Daily Papers (saved page)", 4),
    ],
)
def test_every_format_is_read(data: Path, name: str, title: str, number: int) -> None:
    """A file of any format gives its entries."""
    found = read((data / name).read_bytes())
    assert (title, number) == (found.title, len(found.entries))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("arxiv_new.atom", "arxiv"),
        ("arxiv_new.rss", "arxiv"),
        ("arxiv_api.atom", "arxiv"),
        ("arxiv_old.rdf", "arxiv"),
        ("daily_papers.json", "huggingface"),
        ("feed.json", "feed"),
        ("journal.rss", "feed"),
        ("saved_lines.txt", "file"),
        ("saved_spaced.txt", "file"),
    ],
)
def test_formats_are_told_apart(data: Path, name: str, expected: str) -> None:
    """Exactly one kind is the surest of each format."""
    body = (data / name).read_bytes()
    sure = {kind: each.recognises(body) for kind, each in adapters().items()}
    assert [expected] == [kind for kind in sure if sure[kind] == max(sure.values())]


def test_saved_page_with_blank_lines(data: Path) -> None:
    """In the first shape a tail tells organisation, day and upvotes; any part may be missing."""
    found = read((data / "saved_spaced.txt").read_bytes()).entries
    facts = [(e.title, e.organization, e.published, e.upvotes) for e in found]
    untitled = "An abstract alone makes an entry of its own, since the page now and then loses a"
    assert [
        ("Engines that Weave", "", datetime(2024, 9, 4, tzinfo=UTC), 2),
        ("Looms Without a Tail", "", None, None),
        ("Shuttles of the North", "Laboratory of Looms", datetime(2026, 2, 28, tzinfo=UTC), 1200),
        (
            f"{untitled} title on the way, and the reader…",
            "",
            datetime(2025, 12, 31, tzinfo=UTC),
            None,
        ),
    ] == facts


def test_saved_page_with_lines_only(data: Path) -> None:
    """In the second shape a title line is followed by its abstract, "Subscribe" glued to one."""
    body = (data / "saved_lines.txt").read_text(encoding="utf-8")
    lines = body.splitlines()
    assert (
        saved("Engines that Weave", lines[3].replace("x2014", "\u2014")),
        saved("Looms: A Second Paper", lines[5]),
    ) == read(body).entries


def test_saved_page_keeps_latex(data: Path) -> None:
    """LaTeX stays as it is; the view turns it into Unicode."""
    (first, *_) = read((data / "saved_spaced.txt").read_bytes()).entries
    assert "$β$" in first.summary


@pytest.mark.parametrize(
    ("tail", "organization", "published", "upvotes"),
    [
        ("  • 7 authors\n·\nNov 20, 2015", "", datetime(2015, 11, 20, tzinfo=UTC), None),
        ("Labs Made-up Labs\n·\nMar 1 3", "Made-up Labs", datetime(2026, 3, 1, tzinfo=UTC), 3),
        ("Labs\n·\nMar 3", "Labs", datetime(2025, 3, 3, tzinfo=UTC), None),
        ("·\nSept 4, 2024 1,204", "", datetime(2024, 9, 4, tzinfo=UTC), 1204),
        ("·\nFeb 30, 2024 5", "", None, 5),
        ("·\nMay 5, 2024\n28", "", datetime(2024, 5, 5, tzinfo=UTC), 28),
        ("", "", None, None),
    ],
)
def test_tails(
    tail: str, organization: str, published: datetime | None, upvotes: int | None
) -> None:
    """A day without a year is the last such day; upvotes stand behind or below it."""
    (found,) = read(PAGE + tail).entries
    assert (organization, published, upvotes) == (
        found.organization,
        found.published,
        found.upvotes,
    )


@pytest.mark.parametrize("chrome", ["Daily Papers", "Login", "byAK and the research community"])
def test_chrome_is_no_title(chrome: str) -> None:
    """The page's own words are no paper's."""
    found = read(f"{PAGE}{chrome}\n\n{PROSE}")
    assert ["A Title"] == [e.title for e in found.entries if e.title in {"A Title", chrome}]


def test_line_ends_of_windows() -> None:
    """A page saved with CRLF is the same page."""
    assert read(PAGE).entries == read(PAGE.replace("\n", "\r\n")).entries


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "an empty file"),
        (b" \n\t", "an empty file"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"%PDF-1.7", "a PDF file"),
        (b"PK\x03\x04rest", "a ZIP archive (or an Office file)"),
        (b"\x1f\x8b\x08", "gzip-compressed bytes"),
        (b"SQLite format 3\x00", "an SQLite database"),
        (b"a\x00b", "binary data"),
        (
            b"<!doctype html><title> Page\n not found</title>",
            'an HTML page titled "Page not found"',
        ),
        (b"<html><body>x", "an HTML page"),
        (b"<?xml version='1.0'?><!-- c --><oai:OAI-PMH/>", "XML whose root is <OAI-PMH>"),
        (b"<", "broken XML"),
        (b'{"error": "Too many"}', 'a JSON object that says "Too many"'),
        (b'{"a": 1, "b": 2}', "a JSON object holding a, b"),
        (b"{}", "a JSON object holding nothing"),
        (b"[1, 2]", "a JSON list of int"),
        (b"[[", "broken JSON (Expecting value: line 1 column 3 (char 2))"),
        (b"[" * 100_000, "JSON nested too deep"),
        (b"To do: water the loom", 'text that begins "To do: water the loom"'),
    ],
)
def test_what_is_no_listing(body: bytes, said: str) -> None:
    """A file that is no listing is named for what it is, with the formats that are."""
    with pytest.raises(ListingError) as caught:
        read(body)
    cure = "give RSS, Atom, RDF, JSON Feed, Daily Papers JSON or a saved Daily Papers page"
    assert f"here: is not a listing but {said}; {cure}" == str(caught.value)


def test_saved_page_without_papers() -> None:
    """A saved page on which no paper is left is no listing."""
    with pytest.raises(ListingError, match="each followed by its abstract"):
        read("Get trending papers in your email inbox!\n\nDaily Papers\n")


@pytest.mark.parametrize("figure", [("28", 28), ("1,204", 1204), ("1.2k", 1200), ("3K", 3000)])
def test_figures(figure: tuple[str, int]) -> None:
    """Upvotes are read as the page writes them."""
    assert figure[1] == _savedpage._count(figure[0])  # noqa: SLF001 a table of its own


def test_requests() -> None:
    """A file is asked for by its path."""
    asked = file.requests(source("file", file.Options(path=Path("/lists/a.xml"))))
    assert (Request(path="/lists/a.xml"),) == asked


def test_kinds() -> None:
    """Every module of the package without an underscore is a kind of source."""
    files = sorted(path.stem for path in Path(file.__file__).parent.glob("[!_]*.py"))
    assert tuple(files) == kinds()


def test_unknown_kind() -> None:
    """A kind that is none, even if a module has its name, is not loaded."""
    with pytest.raises(KeyError, match="_xml"):
        adapter("_xml")


def test_dates_come_from_the_fetch() -> None:
    """The running year is that of the fetch, not of the clock."""
    answer = response(PAGE + "·\nMar 1", fetched_at=NOW.replace(year=2020))
    (found,) = file.parse(answer, HERE).entries
    assert datetime(2020, 3, 1, tzinfo=UTC) == found.published
