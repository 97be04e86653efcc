"""What sources are asked for: today, for days gone by, and for the further pages of arXiv."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from builders import response, source

from digest.errors import FetchError
from digest.model import Request
from digest.sources import (
    Page,
    adapter,
    arxiv,
    biorxiv,
    command,
    hackernews,
    huggingface,
    openreview,
    pubmed,
)

MONDAY, TUESDAY, FRIDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 6)
API = "https://export.arxiv.org/api/query"
OAI = "https://oaipmh.arxiv.org/oai"
ATOM = "application/atom+xml"


def asked(category: str, opens: str, closes: str, start: int = 0, api: str = API) -> Request:
    """Make the request for a span of submissions."""
    return Request(
        url=f"{api}?search_query=cat%3A{category}+AND+submittedDate%3A%5B{opens}+TO+{closes}%5D"
        f"&sortBy=submittedDate&sortOrder=ascending&start={start}&max_results=1000",
        accept=ATOM,
    )


def page(start: int, entries: int, total: int) -> Page:
    """Make an answered request of the API."""
    body = (
        '<feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><title>Query</title>'
        '<opensearch:itemsPerPage xmlns:x="y">1000</opensearch:itemsPerPage>'
        f'<opensearch:totalResults xmlns:x="y">{total}</opensearch:totalResults>'
        f"<opensearch:startIndex>{start}</opensearch:startIndex></feed>"
    )
    request = asked("cs.LG", "202602261900", "202602271900", start)
    return Page(request=request, response=response(body), entries=entries)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("6511260|1001", f"{OAI}?verb=ListRecords&resumptionToken=6511260%7C1001"),
        ("a&amp;b", f"{OAI}?verb=ListRecords&resumptionToken=a%26b"),
        ("", ""),
    ],
)
def test_the_rest_of_an_oai_list_is_asked_for_by_its_token(token: str, expected: str) -> None:
    """The token stands alone beside the verb; an empty one ends the list."""
    tail = f'<resumptionToken cursor="0" completeListSize="2">{token}</resumptionToken>'
    body = f'<OAI-PMH xmlns="x"><ListRecords>{tail}</ListRecords></OAI-PMH>'
    first = Request(url=f"{OAI}?verb=ListRecords&set=cs:cs:AI&metadataPrefix=arXivRaw", accept=ATOM)
    found = arxiv.follow(Page(request=first, response=response(body), entries=1))
    assert expected == (found.url if found else "")


@pytest.mark.parametrize(
    ("days", "opens", "closes"),
    [
        ([MONDAY], "202602261900", "202602271900"),
        ([TUESDAY], "202602271900", "202603021900"),
        ([MONDAY, TUESDAY], "202602261900", "202603021900"),
        ([TUESDAY, MONDAY], "202602261900", "202603021900"),
        ([MONDAY, FRIDAY], "202602261900", "202603051900"),
        ([date(2026, 3, 10)], "202603061900", "202603091800"),
        ([date(2026, 7, 2)], "202606301800", "202607011800"),
    ],
)
def test_arxiv_catch_up(days: list[date], opens: str, closes: str) -> None:
    """The API is asked for what was submitted for the feeds from the first day to the last."""
    here = source("arxiv", arxiv.Options(categories=("cs.LG",)))
    assert (asked("cs.LG", opens, closes),) == arxiv.catch_up(here, days)


def test_arxiv_catch_up_by_category() -> None:
    """Each category is asked for by itself, in the order of the configuration."""
    here = source("arxiv", arxiv.Options(categories=("stat.ML", "hep-th")))
    assert (
        asked("stat.ML", "202602261900", "202602271900"),
        asked("hep-th", "202602261900", "202602271900"),
    ) == arxiv.catch_up(here, [MONDAY])


def test_arxiv_catch_up_at_a_mirror() -> None:
    """A mirror of the API is asked instead of arXiv's own."""
    api = "https://mirror.example/query"
    here = source("arxiv", arxiv.Options(categories=("cs.LG",), api=api))
    expected = asked("cs.LG", "202602261900", "202602271900", api=api)
    assert (expected,) == arxiv.catch_up(here, [MONDAY])


@pytest.mark.parametrize(
    ("options", "days"),
    [
        (arxiv.Options(categories=("cs.LG",)), []),
        (arxiv.Options(url="https://export.arxiv.org/api/query?search_query=all:loom"), [MONDAY]),
        (arxiv.Options(categories=("cs.LG",), url="https://mirror.example/"), [MONDAY]),
        (None, [MONDAY]),
    ],
)
def test_arxiv_nothing_to_catch_up(options: object, days: list[date]) -> None:
    """Without days, or with an address of the operator's own, nothing is asked."""
    assert () == arxiv.catch_up(source("arxiv", options), days)


@pytest.mark.parametrize(
    ("start", "entries", "following"),
    [(0, 1000, 1000), (0, 999, 999), (1000, 1000, 2000), (28_000, 1000, 29_000)],
)
def test_next_page(start: int, entries: int, following: int) -> None:
    """While more papers match, the next page begins after the papers that came."""
    expected = asked("cs.LG", "202602261900", "202602271900", following)
    assert expected == arxiv.follow(page(start, entries, 29_500))


@pytest.mark.parametrize(
    ("start", "entries", "total"),
    [
        (0, 0, 0),
        (0, 7, 7),
        (0, 1000, 1000),
        (1000, 1, 1001),
        (2000, 0, 1500),
        (29_000, 1000, 30_000),
    ],
)
def test_last_page(start: int, entries: int, total: int) -> None:
    """Where all that matches has come, there is no further page."""
    assert arxiv.follow(page(start, entries, total)) is None


@pytest.mark.parametrize("start", [0, 1000, 28_000])
def test_empty_page(start: int) -> None:
    """A page that came empty though more papers match is asked for again."""
    empty = page(start, 0, 29_500)
    assert empty.request == arxiv.follow(empty)


@pytest.mark.parametrize("total", [30_001, 50_000, 999_999_999])
def test_too_many(total: int) -> None:
    """More papers than the API gives end the catching up, and the number is told."""
    with pytest.raises(FetchError) as caught:
        arxiv.follow(page(29_000, 1000, total))
    assert f"arXiv: the API gives 30000 papers at most, of {total}" == str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<feed><title>cs.LG updates on arXiv.org</title></feed>",
        "<feed><opensearch:totalResults>9</opensearch:totalResults></feed>",
        "<feed><opensearch:startIndex>0</opensearch:startIndex></feed>",
        (
            "<feed><opensearch:totalResults>many</opensearch:totalResults>"
            "<opensearch:startIndex>0</opensearch:startIndex></feed>"
        ),
        (
            "<feed><opensearch:totalResults>12345678901</opensearch:totalResults>"
            "<opensearch:startIndex>0</opensearch:startIndex></feed>"
        ),
    ],
)
def test_answer_without_pages(body: str) -> None:
    """An answer that does not say where it stands, as a feed, has no further page."""
    request = Request(url="https://rss.arxiv.org/atom/cs.LG")
    answer = Page(request=request, response=response(body), entries=5)
    assert arxiv.follow(answer) is None


@pytest.mark.parametrize(
    ("options", "start"),
    [
        (None, "https://huggingface.co/api/daily_papers?limit=100&date="),
        (huggingface.Options(), "https://huggingface.co/api/daily_papers?limit=100&date="),
        (huggingface.Options(url="https://mirror.example/x"), "https://mirror.example/x?date="),
        (huggingface.Options(url="https://mirror.example/?a"), "https://mirror.example/?a&date="),
    ],
)
def test_huggingface_catch_up(options: object, start: str) -> None:
    """Daily Papers is asked for each day by itself, in the order given."""
    asked_for = huggingface.catch_up(source("huggingface", options), [TUESDAY, MONDAY])
    assert (
        Request(url=f"{start}2026-03-03", accept="application/json"),
        Request(url=f"{start}2026-03-02", accept="application/json"),
    ) == asked_for


def test_huggingface_nothing_to_catch_up() -> None:
    """Without days, nothing is asked."""
    assert () == huggingface.catch_up(source("huggingface"), [])


HN = "https://hn.algolia.com/api/v1/search_by_date?tags=story&query="
FEED = "https://connect.biorxiv.org/biorxiv_xml.php?subject="
NOTES = "https://api2.openreview.net/notes?content.venueid="
URL = "https://mirror.example/x"


@pytest.mark.parametrize(
    ("kind", "options", "urls"),
    [
        ("pubmed", pubmed.Options(url=URL), [URL]),
        ("hackernews", None, [f"{HN}&numericFilters=points%3E%3D50&hitsPerPage=100"]),
        (
            "hackernews",
            hackernews.Options(query="a loom", points=9),
            [f"{HN}a+loom&numericFilters=points%3E%3D9&hitsPerPage=100"],
        ),
        ("hackernews", hackernews.Options(url=URL), [URL]),
        (
            "openreview",
            openreview.Options(venue="ICWL.cc/2026"),
            [f"{NOTES}ICWL.cc%2F2026&sort=cdate%3Adesc&limit=1000"],
        ),
        ("openreview", openreview.Options(url=URL), [URL]),
        ("biorxiv", None, [f"{FEED}all"]),
        (
            "biorxiv",
            biorxiv.Options(server="medrxiv", subjects=("Cell Biology", "a&b")),
            [FEED.replace("/biorxiv", "/medrxiv") + name for name in ("cell_biology", "a%26b")],
        ),
        ("biorxiv", biorxiv.Options(url=URL), [URL]),
    ],
)
def test_requests(kind: str, options: object, urls: list[str]) -> None:
    """A source is asked at its service's address, or at the one address configured."""
    assert urls == [asked.url for asked in adapter(kind).requests(source(kind, options))]


def test_command_requests() -> None:
    """A program is run with its arguments, in its folder."""
    options = command.Options(command=("./papers", "--today"), folder=Path("/srv"))
    expected = Request(command=("./papers", "--today"), path="/srv")
    assert (expected,) == command.requests(source("command", options))
