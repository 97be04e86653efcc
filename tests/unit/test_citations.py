"""digest.bibliography.writing: what is written reads the same again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import rispy
from bibtexparser.entrypoint import parse_string
from bibtexparser.middlewares import SeparateCoAuthors
from builders import entry
from hypothesis import given
from hypothesis import strategies as st

from digest import bibliography
from digest.bibliography import writing
from digest.cleaning import shown, whole
from digest.model import Author, Entry, Example
from digest.names import inverted

PAPER = entry(
    "Attention for LaTeX: 50% & <1 at $O(n^2)$_x {braced} ~ ^ \\ #1",
    authors=("Zoë Müller", "王小明", "Ludwig van Beethoven", "Team, The ATLAS", "Ana and Bo Lab"),
    arxiv="2601.00001",
    url="https://arxiv.org/abs/2601.00001",
    summary="We spend $5 on 100% of {everything}.",
    categories=("cs.LG", "cs.CL"),
    published=datetime(2026, 1, 5, tzinfo=UTC),
)
# Braces are lost in BibTeX, which has none to spare; what is squashed in a mail is so here.
ODD = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
TITLED = ODD.map(lambda text: f"On {text}")


def read(suffix: str, entries: list[Entry]) -> tuple[Example, ...]:
    """Write entries and read them as a subscriber's library."""
    text = writing.bibtex(entries) if suffix == ".bib" else writing.ris(entries)
    library = bibliography.parse(suffix, text, "here")
    assert 0 == library.unread
    return library.examples


def unbraced(text: str) -> str:
    """Give a text without braces and with single spaces."""
    return " ".join(text.replace("{", "").replace("}", "").split())


@pytest.mark.parametrize("suffix", [".bib", ".ris"])
def test_a_paper_reads_the_same_again(suffix: str) -> None:
    """Title, abstract, arXiv id and year of a paper survive, odd characters too."""
    (found,) = read(suffix, [PAPER])
    assert ("arxiv:2601.00001", 2026) == (found.key, found.year)
    said = (unbraced(whole(PAPER.title)), unbraced(whole(PAPER.summary)))
    assert said == (unbraced(found.title), unbraced(found.summary))


@pytest.mark.parametrize("suffix", [".bib", ".ris"])
@given(titles=st.lists(TITLED, min_size=1, max_size=4), summary=ODD)
def test_nothing_breaks_out(suffix: str, titles: list[str], summary: str) -> None:
    """Whatever titles and texts hold, as many records are read as were written, in order."""
    entries = [
        entry(title, guid=str(number), summary=summary) for number, title in enumerate(titles)
    ]
    found = [unbraced(one.title)[:2] for one in read(suffix, entries)]
    assert ["On"] * len(titles) == found


@given(ODD)
def test_titles_keep_their_words_in_ris(text: str) -> None:
    """RIS, which has no markup, gives back what a mail shows."""
    paper = entry(f"On {text}")
    (record,) = rispy.loads(writing.ris([paper]))
    assert shown(paper.title, 2000) == record["title"]


def test_authors_of_bibtex() -> None:
    """Authors are parted by BibTeX as they were; who is no person stands in braces."""
    library = parse_string(writing.bibtex([PAPER]), append_middleware=[SeparateCoAuthors()])
    expected = [
        "Zoë Müller",
        "王小明",
        "Ludwig van Beethoven",
        "{Team, The ATLAS}",
        "{Ana and Bo Lab}",
    ]
    assert expected == library.entries[0]["author"]


def test_authors_of_ris() -> None:
    """In RIS the family name comes first, but not where an order cannot be known."""
    (record,) = rispy.loads(writing.ris([PAPER]))
    expected = [
        "Müller, Zoë",
        "王小明",
        "van Beethoven, Ludwig",
        "Team, The ATLAS",
        "Ana and Bo Lab",
    ]
    assert expected == record["authors"]


def test_fields_of_bibtex() -> None:
    """An arXiv paper says so; a published one is an article with its DOI."""
    found = parse_string(writing.bibtex([PAPER, entry(doi="10.1000/a_b%3Cc")])).entries
    assert ("misc", "arxiv:2601.00001", "2601.00001", "arXiv", "cs.LG", "1") == (
        found[0].entry_type,
        found[0].key,
        *(found[0][name] for name in ("eprint", "archiveprefix", "primaryclass", "month")),
    )
    assert ("article", "10.1000/a_b%3Cc") == (found[1].entry_type, found[1]["doi"])


def test_keys_differ() -> None:
    """Entries whose ids look alike have keys of their own, whatever the case."""
    alike = [Entry(id=name, title="A title") for name in ("guid:a b", "guid:a_b", "GUID:A-B", "**")]
    keys = [record.key for record in parse_string(writing.bibtex(alike)).entries]
    assert ["guid:a-b", "guid:a-b-2", "GUID:A-B-3", "entry"] == keys


def test_a_link_that_is_no_link_is_left_out() -> None:
    """What a mail would not link to, a library does not get."""
    bad = entry(url="javascript:alert(1)")
    assert ("javascript" in writing.bibtex([bad]), "javascript" in writing.ris([bad])) == (
        False,
        False,
    )


def test_lines_of_ris_end_as_the_format_says() -> None:
    """Each line ends with CRLF, and a text with line breaks is one line."""
    text = writing.ris([entry(summary="One.\nER  - \u2028TY  - JOUR")])
    assert (text.count("\r\n"), 1) == (text.count("\n"), len(rispy.loads(text)))
    assert text.startswith("TY  - GEN\r\n")


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [("Ada", "Ada"), ("A. M. Turing", "Turing, A. M."), ("Le Song", "Song, Le")],
)
def test_inverted_names(spelling: str, expected: str) -> None:
    """The family name is the last word; one word stays."""
    assert expected == inverted(Author(name=spelling).name)
