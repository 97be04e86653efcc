"""The real listings of ../shared/samples: never an exception but ours, and what they hold."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from builders import response, source

from digest.errors import SourceError
from digest.model import Entry
from digest.parse import parse

SAMPLES = Path(__file__).parents[3] / "shared" / "samples"
FILES = sorted(path for path in SAMPLES.rglob("*") if path.is_file())
FOLDERS = sorted({path.relative_to(SAMPLES).parts[0] for path in FILES})
pytestmark = pytest.mark.skipif(
    not FILES, reason=f"{SAMPLES} is absent: left out the parsing of about 1,000 real listings"
)


@cache
def read(path: Path) -> tuple[Entry, ...] | SourceError:
    """Give the entries of a sample, or the error it is refused with."""
    try:
        return parse(response(path.read_bytes()), source("file")).entries
    except SourceError as error:
        return error


@pytest.mark.parametrize("folder", FOLDERS)
def test_parsers_have_no_faults_of_their_own(folder: str) -> None:
    """No sample makes a parser fail in a way that it does not foresee."""
    refused = {path: read(path) for path in FILES if path.is_relative_to(SAMPLES / folder)}
    faults = [
        (path.name, str(error))
        for path, error in refused.items()
        if isinstance(error, SourceError) and error.__cause__ is not None
    ]
    assert [] == faults


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_entry_has_a_title_and_an_id(folder: str) -> None:
    """Whatever is read of a sample has a title and an id, which is its strongest key."""
    bad = [
        (path.name, entry)
        for path in FILES
        if path.is_relative_to(SAMPLES / folder)
        and not isinstance(found := read(path), SourceError)
        for entry in found
        if not entry.title.strip() or not entry.id or entry.id != entry.keys[0]
    ]
    assert [] == bad


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("saved-pages/000_4f4ed4cd7a7f4b31.txt", 28),
        ("saved-pages/001_38e3879cc41be9a8.txt", 119),
        ("papers/hf_daily_papers_2026-06-12.json", 30),
        ("papers/hf_daily_papers_2026-07-31.json", 5),
        ("papers/arxiv_atom_cs.AI_2025-08-20.xml", 7),
        ("papers/arxiv_api_atom_2026_119k.xml", 50),
        ("papers/arxiv_api_atom_transformer.xml", 5),
        ("papers/arxiv_api_sample_aioarxiv.xml", 1),
        ("papers/arxiv_rss_OLD_rdf10_hep-ex_2018-05-23.xml", 3),
        ("papers/arxiv_rss_weekend_empty.xml", 0),
        ("papers/atom_arxiv_to_rss_jwst_794k.xml", 300),
        ("papers/blog_openai_rss.xml", 5),
        ("papers/rss1_rdf_craigslist.rss", 69),
        ("journals/journal_academic.oup.com_rss_site_55_2021-12-21.xml", 14),
        ("journals/journal_cambridge.org_core_rss_produ_2021-12-14.xml", 15),
        ("journals/journal_contributions_to_entomology._2021-12-14.xml", 9),
        ("journals/journal_jstage.jst.go.jp_AF05S010New_2021-12-14.xml", 0),
        ("journals/journal_mapress.com_zt_gateway_plugi_2021-12-14.xml", 10),
        ("journals/journal_microbiologyresearch.org_rss_2021-12-14.xml", 25),
        ("journals/journal_navi.cnki.net_knavi_rss_yzlq_2021-12-14.xml", 20),
        ("journals/journal_onlinelibrary.wiley.com_feed_2021-12-21.xml", 66),
        ("journals/journal_pubmed.ncbi.nlm.nih.gov_rss__2021-12-14.xml", 15),
        ("journals/journal_rss.sciencedirect.com_public_2021-12-21.xml", 51),
        ("feeds/feedjira/json_feed.json", 20),
        ("feeds/feedjira/youtube_atom.xml", 15),
        ("feeds/feedjira/pet_atom.xml", 10),
        ("feeds/lemon24-reader/empty.rss", 0),
        ("feeds/lemon24-reader/full.json", 2),
        ("feeds/miniflux/parser_encoding_WINDOWS-1251.xml", 50),
        ("feeds/miniflux/parser_rdf_UTF8.xml", 60),
        ("feeds/miniflux/parser_urdu_UTF8.xml", 26),
        ("feeds/miniflux/xml_koi8r.xml", 2),
        ("feeds/rss2email/bbc-chinese/feed.atom", 2),
        ("feeds/feed2exec/weird-dates.xml", 3),
    ],
)
def test_number_of_entries(name: str, expected: int) -> None:
    """A listing gives as many entries as it holds."""
    found = read(SAMPLES / name)
    assert expected == (found if isinstance(found, SourceError) else len(found))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("papers/arxiv_feed_official_test_data.db", "an SQLite database"),
        ("papers/arxiv_listing_new_cs.AI_2026-08-12.html", "an HTML page"),
        ("papers/s2_search_transformer.json", "a JSON object holding total, offset, next, data"),
        ("feeds/feed2exec/liferea.opml", "XML whose root is <opml>"),
    ],
)
def test_what_is_no_listing(name: str, said: str) -> None:
    """A file that is no listing is named for what it is."""
    found = read(SAMPLES / name)
    assert f"here: is not a listing but {said}" == str(found).split(";", maxsplit=1)[0]


@pytest.mark.parametrize(
    "name",
    [
        "journal_academic.oup.com_rss_site_55_2021-12-21.xml",
        "journal_cambridge.org_core_rss_produ_2021-12-14.xml",
        "journal_onlinelibrary.wiley.com_feed_2021-12-21.xml",
    ],
)
def test_journals_with_dois(name: str) -> None:
    """Journals that state DOIs give entries that are known by something within the feed."""
    found = read(SAMPLES / "journals" / name)
    assert not isinstance(found, SourceError)
    assert {"doi", "guid"} >= {entry.id.split(":")[0] for entry in found}


@pytest.mark.parametrize("shape", ["000_4f4ed4cd7a7f4b31.txt", "001_38e3879cc41be9a8.txt"])
def test_saved_pages_are_read_line_by_line(shape: str) -> None:
    """Every long line of a saved page is one paper's abstract."""
    path = SAMPLES / "saved-pages" / shape
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if len(line) > 350]
    found = read(path)
    assert not isinstance(found, SourceError)
    assert [line[:60] for line in lines] == [entry.summary[:60] for entry in found]
