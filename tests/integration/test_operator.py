"""The operator's page: what it says, what it keeps to itself, and whom it lets in."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from digest.model import Source
from digest.overview import DAYS, overview
from digest.store.days import SourceDay
from digest.tokens import Purpose
from digest.web import guarded, plots
from integration.conftest import Cli, Project
from integration.page import Running, running
from integration.servers import Mailbox, Web
from integration.servers import Page as Answer

ADA, BOB = "ada@example.org", "bob@example.org"
MONDAY = date(2026, 3, 2)


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page of this machine after a run."""
    project.subscribe(ADA, BOB)
    with running(project, local=True) as served:
        project.app.run()
        yield served


def text(page: Running) -> str:
    """Give the page's words."""
    answer = page.client.get("/papers/operator")
    assert 200 == answer.status_code
    body = re.sub(r"</?span[^>]*>", "", answer.text.partition("<main")[2])
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def test_it_says_how_it_runs(page: Running) -> None:
    """Last pass, what is due, sources, outbox and subscribers stand there."""
    said = text(page)
    wanted = (
        "3 entries are stored",
        "2026-03-02 12:00 UTC, 2 editions, in 0.",
        "2026-03-03 00:00 UTC: 2 editions",
        "file new",
        "3 new entries on 1 day.",
        "2 sent",
        "2 active",
        "0 addresses are never mailed",
    )
    assert [] == [words for words in wanted if words not in said]


def test_it_names_no_reader_who_is_well_served(page: Running) -> None:
    """No address stands there while all goes well."""
    assert "@example.org" not in text(page).replace("digest@example.org", "")


def test_it_names_whose_mail_failed(project: Project, box: Mailbox) -> None:
    """A failed delivery is shown with its address, and what the server said; others are not."""
    project.subscribe(ADA, BOB)
    box.tell("RCPT", BOB, "550 5.7.1 <script>no</script>")
    with running(project, local=True) as served:
        project.app.run()
        said, source = text(served), served.client.get("/papers/operator").text
    assert (False, True) == (ADA in said, f"failed {BOB}, edition of 2026-03-02" in said)
    assert ("5.7.1" in said, "<script>" in source) == (True, False)


def test_it_counts_what_came_back(page: Running) -> None:
    """Who said stop is counted apart from who bounced."""
    page.post(ADA)
    with page.project.app.store() as store:
        store.returned.add(
            "x",
            "".join(row["id"] for row in page.project.rows("subscribers"))[:16],
            "hard",
            page.project.clock(),
        )
    said = text(page)
    assert ("1 said stop, 0 bounced" in said, "1 hard" in said) == (True, True)


def test_a_broken_source_is_seen_by_day(project: Project, web: Web) -> None:
    """A day on which a source failed is told from one on which nothing was new."""
    web.pages["/feed"] = Answer(status=500)
    project.http += "\nallow_private_networks = true"
    project.sources.append(f'kind = "feed"\nname = "Journal"\nurl = "{web.url("/feed")}"')
    project.app.pull()
    project.tomorrow()
    project.app.pull(("file",))
    with project.app.store() as store:
        days = store.days.sources(MONDAY)
    assert SourceDay(pulls=1, doubtful=1, new=0) == days["Journal"][MONDAY]
    assert {MONDAY: 3, MONDAY + timedelta(days=1): 0} == {
        day: counted.new for day, counted in days["file"].items()
    }
    assert 0 == days["file"][MONDAY].doubtful


def test_growth_is_counted_once_a_day(project: Project) -> None:
    """The subscribers of a day are those of its first run."""
    project.subscribe(ADA)
    project.app.run()
    project.subscribe(BOB)
    project.app.run()
    project.tomorrow()
    project.app.run()
    with project.app.store() as store:
        found = overview(store, (), project.clock())
    assert {MONDAY: 1, MONDAY + timedelta(days=1): 2} == found.growth


def test_a_plot_says_in_words_what_it_shows(project: Project) -> None:
    """Thirty bars, as high as what was new; days in doubt are named."""
    today = project.clock().date()
    with project.app.store() as store:
        for back, new in ((0, 10), (1, 5), (40, 99)):
            day = today - timedelta(days=back)
            store.days.note_source("file", day, new=new, doubtful=back == 1)
        line = overview(store, [Source(name="file", kind="file")], project.clock()).sources[0]
    plot = plots.bars(line)
    assert (DAYS, [20, 40]) == (len(plot.bars), [bar.height for bar in plot.bars[-2:]])
    assert "15 new entries on 2 days; in doubt on 1 Mar 2026." == plot.said
    assert [False] * 28 + [True] * 2 == [bar.asked for bar in plot.bars]


def test_growth_is_a_line() -> None:
    """A line begins at its first day, ends at its last, and says both."""
    plot = plots.line({MONDAY: 5, MONDAY + timedelta(days=2): 10}, DAYS)
    assert ("275,22 295,4", "5 active on 2 Mar 2026, 10 on 4 Mar 2026.") == (plot.points, plot.said)
    assert "5 active on 2 Mar 2026." == plots.line({MONDAY: 5}, DAYS).said
    assert "" == plots.line({}, DAYS).points


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "198.51.100.1"},
        {"Host": "digest.example.org"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Authorization": "Bearer x"},
    ],
)
def test_others_find_nothing(page: Running, headers: dict[str, str]) -> None:
    """By a proxy, another name or another site there is no more than at a wrong address."""
    refused = page.client.get("/papers/operator", headers=headers)
    wrong = page.client.get("/papers/nothing", headers=headers)
    assert (404, wrong.text) == (refused.status_code, refused.text)


def test_a_public_page_wants_the_token(project: Project) -> None:
    """Behind a public base_url this machine alone opens nothing; the token does, in both places."""
    with running(project) as served, project.app.store():
        guard = guarded(project.app)
        bearer = {"Authorization": f"Bearer {guard.token()}"}
        far = {"X-Forwarded-For": "198.51.100.1", "Host": "digest.example.org"}
        reader = project.app.tokens().make_until(Purpose.ARCHIVE, MONDAY, "x", "2026-03-02")
        codes = [
            served.client.get("/papers/operator").status_code,
            served.client.get(f"/papers/operator/{reader}", headers=far).status_code,
            served.client.get(f"/papers/operator/{guard.token()}", headers=far).status_code,
            served.client.get("/papers/operator", headers=far | bearer).status_code,
        ]
    assert [404, 404, 200, 200] == codes


def test_the_address_is_printed(cli: Cli) -> None:
    """`digest web --operator` prints the address with its token, and serves nothing."""
    cli.project.base_url = "https://digest.example.org/papers"
    result = cli("web", "--operator")
    form = r"https://digest\.example\.org/papers/operator/[\w.-]+\n"
    assert (0, True) == (result.exit_code, bool(re.fullmatch(form, result.stdout)))


def test_looking_changes_nothing(page: Running) -> None:
    """The page may be looked at as often as one likes; nothing but looking is allowed."""
    before = [page.project.rows(name) for name in ("sources", "runs", "deliveries", "source_days")]
    codes = [
        page.client.request(m, "/papers/operator").status_code for m in ("GET", "HEAD", "POST")
    ]
    after = [page.project.rows(name) for name in ("sources", "runs", "deliveries", "source_days")]
    assert ([200, 200, 405], before) == (codes, after)
