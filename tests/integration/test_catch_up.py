"""Days that were missed: asked for once, of the API, page by page, and again where that failed."""

from __future__ import annotations

import json
from datetime import date
from urllib.parse import urlencode

import pytest

from integration.conftest import Project
from integration.servers import Page, Web

ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"'
    ' xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"><title>cs.LG</title>'
)
# What was submitted for the feeds of 3 to 11 March 2026, in UTC; summer time began on the 8th.
MISSED = "[202602271900 TO 202603101800]"


def atom(*numbers: int, total: int | None = None, start: int = 0) -> Page:
    """Make a feed of papers; with ``total`` one page of an API answer."""
    head = "<id>http://export.arxiv.org/api/query</id>"
    if total is not None:
        head += f"<opensearch:totalResults>{total}</opensearch:totalResults>"
        head += f"<opensearch:startIndex>{start}</opensearch:startIndex>"
    entries = "".join(
        f"<entry><id>http://arxiv.org/abs/2603.{number:05d}v1</id><title>Graphs {number}</title>"
        f'<link href="https://arxiv.org/abs/2603.{number:05d}"/><summary>Of it.</summary></entry>'
        for number in numbers
    )
    return Page(body=f"{ATOM}{head}{entries}</feed>".encode())


def api(span: str = MISSED, start: int = 0, category: str = "cs.LG") -> str:
    """Give the path of a question to the API."""
    asked = {
        "search_query": f"cat:{category} AND submittedDate:{span}",
        "sortBy": "submittedDate",
        "sortOrder": "ascending",
        "start": start,
        "max_results": 1000,
    }
    return f"/api?{urlencode(asked)}"


def daily(*numbers: int) -> Page:
    """Make a Daily Papers answer."""
    papers = [{"id": f"2603.{number:05d}", "title": f"Graphs {number}"} for number in numbers]
    return Page(body=json.dumps([{"paper": paper} for paper in papers]).encode())


@pytest.fixture
def arxiv(project: Project, web: Web) -> Project:
    """Have a project with one arXiv category on this machine, whose feed holds one paper."""
    project.http = "timeout = 20\nallow_private_networks = true"
    places = f'feeds = "{web.url("/feeds/")}"\napi = "{web.url("/api")}"'
    project.sources = [f'kind = "arxiv"\ncategories = ["cs.LG"]\n{places}']
    web.pages["/feeds/cs.LG"] = atom(1)
    return project


@pytest.fixture
def off(arxiv: Project, web: Web) -> Project:
    """Have a project that pulled on Monday the 2nd and now wakes on Thursday the 12th of March."""
    arxiv.app.pull()
    arxiv.tomorrow(10)
    web.pages |= {"/feeds/cs.LG": atom(9), api(): atom(2, 3, total=2)}
    web.seen.clear()
    return arxiv


@pytest.fixture
def papers(project: Project, web: Web) -> Project:
    """Have a project that reads Daily Papers from this machine."""
    project.http = "timeout = 20\nallow_private_networks = true"
    project.sources = [f'name = "daily"\nkind = "huggingface"\nurl = "{web.url("/daily")}"']
    web.pages["/daily"] = daily(1)
    return project


def asked(web: Web) -> list[str]:
    """Give the paths asked since the last look, in their order."""
    found = [seen.path for seen in web.seen]
    web.seen.clear()
    return found


def ids(project: Project) -> list[str]:
    """List the last digits of all stored papers."""
    return sorted(row["id"].removeprefix("arxiv:2603.0000") for row in project.rows("entries"))


def test_the_first_pull_asks_for_no_days(arxiv: Project, web: Web) -> None:
    """A source that was never read is asked for its feed only."""
    assert ["new"] == [pulled.state for pulled in arxiv.app.pull()]
    assert ["/feeds/cs.LG"] == asked(web)


def test_the_next_day_asks_for_no_days(arxiv: Project, web: Web) -> None:
    """A source that was read on the announcement day before is asked for its feed only."""
    arxiv.app.pull()
    arxiv.tomorrow()
    web.pages["/feeds/cs.LG"] = atom(2)
    arxiv.app.pull()
    assert ["/feeds/cs.LG"] * 2 == asked(web)


def test_missed_days_are_asked_for(off: Project, web: Web) -> None:
    """After ten days the API is asked for the announcement days between, and no others."""
    (pulled,) = off.app.pull()
    assert (["/feeds/cs.LG", api()], ("new", 3)) == (asked(web), (pulled.state, pulled.new))
    assert ["1", "2", "3", "9"] == ids(off)


def test_missed_days_come_in_pages(off: Project, web: Web) -> None:
    """An answer of more than one page is followed to its end, and every paper stored once."""
    web.pages |= {api(): atom(2, 3, total=3), api(start=2): atom(4, total=3, start=2)}
    (pulled,) = off.app.pull()
    assert ["/feeds/cs.LG", api(), api(start=2)] == asked(web)
    assert (4, ["1", "2", "3", "4", "9"]) == (pulled.new, ids(off))


def test_missed_days_are_asked_for_once(off: Project, web: Web) -> None:
    """The pull after a catch-up asks for the feed only."""
    off.app.pull()
    asked(web)
    assert ["unchanged"] == [pulled.state for pulled in off.app.pull()]
    assert ["/feeds/cs.LG"] == asked(web)


def test_a_day_that_broke_off_is_asked_for_again(off: Project, web: Web) -> None:
    """Days whose answer was cut off count as missed until it comes whole."""
    whole = web.pages[api()].body
    web.pages[api()] = Page(body=whole[: whole.rindex(b"</feed>")])
    off.app.pull()
    web.pages[api()] = Page(body=whole)
    off.app.pull()
    assert 2 == asked(web).count(api())


def test_a_failed_catch_up_leaves_the_source_partial(off: Project, web: Web) -> None:
    """Where the API fails, the feed's papers are stored and the state says what is missing."""
    web.pages[api()] = Page(status=500)
    (pulled,) = off.app.pull()
    said = "answered 500 Internal Server Error; try later"
    assert ("partial", said, True) == (pulled.state, pulled.detail, pulled.failed)
    assert ["1", "9"] == ids(off)


@pytest.mark.parametrize("days", [0, 1])
def test_a_failed_catch_up_is_made_up_for(off: Project, web: Web, days: int) -> None:
    """The pull after a failed catch-up, on that day or the next, asks for the same days too."""
    answer = web.pages.pop(api())
    off.app.pull()
    off.tomorrow(days)
    web.pages |= {api(): answer, api("[202602271900 TO 202603111800]"): answer}
    (pulled,) = off.app.pull()
    assert (2, ["1", "2", "3", "9"]) == (pulled.new, ids(off))


def test_a_failed_page_is_made_up_for(off: Project, web: Web) -> None:
    """Where the second page fails, both are asked for at the next pull."""
    web.pages |= {api(): atom(2, 3, total=3), api(start=2): Page(status=500)}
    assert ["partial"] == [pulled.state for pulled in off.app.pull()]
    web.pages[api(start=2)] = atom(4, total=3, start=2)
    off.app.pull()
    assert ["/feeds/cs.LG", api(), api(start=2)] * 2 == asked(web)
    assert ["1", "2", "3", "4", "9"] == ids(off)


def test_a_failed_page_of_a_query_is_asked_again(project: Project, web: Web) -> None:
    """A first page that is as before is followed again, where a later one did not come."""
    project.http = "timeout = 20\nallow_private_networks = true"
    project.sources = [f'kind = "arxiv"\nurl = "{web.url(api())}"']
    web.pages |= {api(): atom(1, 2, total=3), api(start=2): Page(status=500)}
    states = [project.app.pull()[0].state]
    web.pages[api(start=2)] = atom(3, total=3, start=2)
    states.append(project.app.pull(("arxiv",))[0].state)
    assert (["partial", "new"], ["1", "2", "3"]) == (states, ids(project))


def test_catch_up_of_no_days_asks_for_none(off: Project, web: Web) -> None:
    """With catch_up = 0 the feed alone is asked, however long the source was off."""
    off.http += "\n\n[schedule]\ncatch_up = 0"
    off.app.pull()
    assert ["/feeds/cs.LG"] == asked(web)


def test_since_asks_for_all_days(arxiv: Project, web: Web) -> None:
    """A date asks for every announcement day from it on, even of a source never read."""
    span = "[202602201900 TO 202602271900]"
    web.pages[api(span)] = atom(2, total=1)
    (pulled,) = arxiv.app.pull(since=date(2026, 2, 24))
    assert (["/feeds/cs.LG", api(span)], 2) == (asked(web), pulled.new)


def test_each_category_is_caught_up(off: Project, web: Web) -> None:
    """Each category of a source is asked for its own missed days."""
    off.sources = [off.sources[0].replace('["cs.LG"]', '["cs.LG", "cs.CL"]')]
    web.pages |= {"/feeds/cs.CL": atom(5), api(category="cs.CL"): atom(6, total=1)}
    off.app.pull()
    expected = ["/feeds/cs.LG", "/feeds/cs.CL", api(), api(category="cs.CL")]
    assert (expected, ["1", "2", "3", "5", "6", "9"]) == (asked(web), ids(off))


def test_missed_days_of_daily_papers_are_asked_for(papers: Project, web: Web) -> None:
    """Daily Papers is asked for each missed weekday by its date, and not again the next time."""
    papers.app.pull()
    papers.tomorrow(10)
    days = [f"/daily?date=2026-03-{day:02d}" for day in (2, 3, 4, 5, 6, 9, 10, 11)]
    web.pages |= {path: daily(number) for number, path in enumerate(days, 2)}
    web.seen.clear()
    found = [[pulled.new for pulled in papers.app.pull()] for _ in range(2)]
    assert ([[8], [0]], ["/daily", *days, "/daily"]) == (found, asked(web))


def test_a_failed_day_of_daily_papers_is_made_up_for(papers: Project, web: Web) -> None:
    """Where one day fails the source is partial, and the next pull asks for that day again."""
    papers.app.pull()
    papers.tomorrow(3)
    for number, day in enumerate((2, 3, 4), 2):
        web.pages[f"/daily?date=2026-03-{day:02d}"] = daily(number)
    web.pages["/daily?date=2026-03-03"] = Page(status=500)
    found = [pulled.state for pulled in papers.app.pull()]
    web.pages["/daily?date=2026-03-03"] = daily(3)
    found += [pulled.state for pulled in papers.app.pull()]
    assert (["partial", "new"], ["1", "2", "3", "4"]) == (found, ids(papers))
