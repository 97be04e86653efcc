"""digest.bibliography: liked papers out of BibTeX, RIS and CSL-JSON."""

from __future__ import annotations

import json

import pytest

from digest import bibliography
from digest.errors import SettingsError
from digest.model import Example

BIBTEX = r"""
@comment{made up}
@string{jml = "Journal of Made-up Learning"}
@article{one,
  Title = {The {GAN} That
           Was Not},
  author = {Doe, Jane},
  journal = jml,
  DOI = {10.1000/ABC},
  abstract = {We invent it.},
}
@misc{two,
  title = "A Preprint",
  eprint = {2401.01234v2},
  archivePrefix = {arXiv},
}
@misc{three, title = {By Link}, url = {https://arxiv.org/abs/2401.00002}, doi = {10.1000/x}}
@misc{four, author = {Nobody}}
"""
RIS = """\
TY  - JOUR
TI  - A Made-up Study
AB  - We invent it.
DO  - 10.1000/ABC
XX  - unknown tag
ER  -

TY  - GEN
T1  - A Preprint
N2  - Of nothing.
UR  - https://arxiv.org/abs/2401.01234
ER  -

TY  - GEN
AU  - Nobody
ER  -
"""
CSL = [
    {"title": "A <i>Made-up</i> Study", "abstract": "We invent it.", "DOI": "10.1000/ABC"},
    {
        "title": "A Preprint",
        "abstractNote": "Of nothing.",
        "URL": "http://arxiv.org/abs/2401.01234",
    },
    {"title": ""},
    {"title": None},
    "no record",
]


def test_bibtex() -> None:
    """BibTeX gives title, abstract and id; capitals' braces go; records without title too."""
    assert (
        Example(key="doi:10.1000/abc", title="The GAN That Was Not", summary="We invent it."),
        Example(key="arxiv:2401.01234", title="A Preprint"),
        Example(key="arxiv:2401.00002", title="By Link"),
    ) == bibliography.parse(".bib", BIBTEX, "lib.bib").examples


def test_ris() -> None:
    """RIS gives title, abstract and id, under either of its tags."""
    assert (
        Example(key="doi:10.1000/abc", title="A Made-up Study", summary="We invent it."),
        Example(key="arxiv:2401.01234", title="A Preprint", summary="Of nothing."),
    ) == bibliography.parse(".ris", RIS, "lib.ris").examples


@pytest.mark.parametrize("wrap", [False, True])
def test_csl(wrap: bool) -> None:
    """CSL-JSON is a list, or an object with items."""
    content = {"items": CSL} if wrap else CSL
    assert (
        Example(key="doi:10.1000/abc", title="A Made-up Study", summary="We invent it."),
        Example(key="arxiv:2401.01234", title="A Preprint", summary="Of nothing."),
    ) == bibliography.parse(".json", json.dumps(content), "lib.json").examples


@pytest.mark.parametrize(
    ("suffix", "text", "said"),
    [
        (".bib", "", "lib: holds no record with a title; export it again"),
        (".bib", "@article{broken", "lib: holds no record with a title; export it again"),
        (".bib", "no BibTeX at all", "lib: holds no record with a title; export it again"),
        (".ris", "", "lib: holds no record with a title; export it again"),
        (".json", "[]", "lib: holds no record with a title; export it again"),
        (".json", "1", "lib: holds no record with a title; export it again"),
        (".json", '{"items": 1}', "lib: holds no record with a title; export it again"),
        (
            ".json",
            "{",
            (
                "lib: is not JSON (Expecting property name enclosed in double quotes: "
                "line 1 column 2 (char 1)); export as CSL JSON"
            ),
        ),
    ],
)
def test_what_is_no_library(suffix: str, text: str, said: str) -> None:
    """A text that holds no paper is refused with its place and a cure."""
    with pytest.raises(SettingsError) as caught:
        bibliography.parse(suffix, text, "lib")
    assert said == str(caught.value)


@pytest.mark.parametrize("suffix", bibliography.SUFFIXES)
@pytest.mark.parametrize("text", ["\x00", "TY  - JOUR", "ER  -", "[" * 100_000, "@" * 100, "{}"])
def test_broken_libraries_are_refused(suffix: str, text: str) -> None:
    """Whatever a library holds, it is read or refused in our own words."""
    with pytest.raises(SettingsError, match=r"^lib: "):
        bibliography.parse(suffix, text, "lib")


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        (".bib", "@misc{a, title={T}, year={2021}}"),
        (".bib", "@misc{a, title={T}, date={2021-03-04}}"),
        (".ris", "TY  - GEN\nTI  - T\nPY  - 2021\nER  - \n"),
        (".json", '[{"title": "T", "issued": {"date-parts": [[2021, 3]]}}]'),
        (".json", '[{"title": "T", "date": "4 March 2021"}]'),
    ],
)
def test_years(suffix: str, text: str) -> None:
    """The year of a record is read of any format's date."""
    assert [2021] == [example.year for example in bibliography.parse(suffix, text, "x").examples]


def test_of_a_large_library_the_newest_count() -> None:
    """Of more records than are read, those of the newest years are, in the file's order."""
    records = [{"title": f"Paper {n}", "issued": 1990 + n % 30} for n in range(6000)]
    found = bibliography.parse(".json", json.dumps(records), "x").examples
    assert (bibliography.MOST, 1995) == (len(found), min(example.year for example in found))
    assert [example.title for example in found] == sorted(
        (example.title for example in found), key=lambda title: int(title[6:])
    )


def test_titles_that_are_no_text_are_passed_over() -> None:
    """A record whose title is a number or a list is broken, and no example."""
    records = [{"title": 1}, {"title": ["a"]}, {"title": "A paper"}]
    found = bibliography.parse(".json", json.dumps(records), "x").examples
    assert ["A paper"] == [example.title for example in found]


def test_accents_of_bibtex() -> None:
    r"""LaTeX's accents of a title are read: ``{\"o}`` is ö."""
    found = bibliography.parse(".bib", '@misc{a, title={G{\\"o}del and {K}urt}}', "x").examples
    assert ["Gödel and Kurt"] == [example.title for example in found]


@pytest.mark.parametrize(
    ("suffix", "text", "titles", "unread"),
    [
        (".bib", '@misc{a, title={One}}\n@misc{a, title="Two"}', ["One", "Two"], 0),
        (".bib", "@misc{a, title={One}, note={x}, note={y}}", ["One"], 0),
        (
            ".bib",
            "@misc{a, title={One}}\n@misc{b, title={Two\n@misc{c, title={3}}",
            ["One", "3"],
            1,
        ),
        (".ris", "TY  - GEN\nTI  - One\nTY  - GEN\nTI  - Two\nER  - \n", ["One", "Two"], 0),
        (".ris", "TY  - GEN\nTI  - One\nER  - \nTY  - GEN\nTI  - Two", ["One", "Two"], 0),
        (".json", '[{"title": "One"}, "Two"]', ["One"], 1),
    ],
)
def test_broken_records(suffix: str, text: str, titles: list[str], unread: int) -> None:
    """A record of a library is read in spite of small mistakes, and counted otherwise."""
    found = bibliography.parse(suffix, text, "x")
    assert (titles, unread) == ([example.title for example in found.examples], found.unread)
