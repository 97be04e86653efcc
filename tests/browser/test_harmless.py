"""What hostile feeds say, from the pull to the archive: in a browser nothing of it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from integration.conftest import Project
from integration.page import Running, running
from integration.test_archive import ADA, links

from browser.conftest import Tab
from digest.model import Source
from digest.profile import subscriber_id
from digest.sources import adapter

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "feeds" / "feedparser-sanitize"
MONDAY = date(2026, 3, 2)
FAR = "http://192.0.2.1/x"
TRICKS = (
    "<script>document.title='ran'</script>",
    "</td></tr></table><script src='" + FAR + "'></script>",
    "<img src=x onerror=\"document.title='ran'\">",
    f"<img src='{FAR}'><iframe src='{FAR}'></iframe><object data='{FAR}'></object>",
    f"<style>@import '{FAR}'; body{{background:url({FAR})}}</style>",
    f"<link rel=stylesheet href='{FAR}'><base href='{FAR}'>",
    f"<meta http-equiv=refresh content='0;{FAR}'>",
    f"<svg onload=\"document.title='ran'\"><image href='{FAR}'/></svg>",
    f"<form action='{FAR}'><button autofocus onfocus=\"document.title='ran'\">x</button></form>",
    "&lt;script&gt;document.title='ran'&lt;/script&gt;",
    "&amp;lt;script&amp;gt;document.title='ran'&amp;lt;/script&amp;gt;",
    "<math><mtext><table><mglyph><style><img src=x onerror=\"document.title='ran'\">",
    "<!--><script>document.title='ran'</script>-->",
    '"><a href="javascript:document.title=\'ran\'" onmouseover="document.title=\'ran\'">x</a>',
    f"<video src='{FAR}' autoplay></video><audio src='{FAR}' autoplay></audio>",
    "{{ 7*7 }}{% raw %}<script>document.title='ran'</script>",
)


def evil() -> str:
    """Make a feed of every trick in every field, and of links that are none."""
    links_of_none = ("javascript:document.title='ran'", "data:text/html,<script>1</script>", FAR)
    return json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "items": [
                {
                    "id": str(number),
                    "title": f"graph {number} {trick}",
                    "url": links_of_none[number % 3],
                    "content_html" if number % 2 else "content_text": f"graph {trick}",
                    "authors": [{"name": trick}],
                    "tags": [trick],
                    "image": FAR,
                }
                for number, trick in enumerate(TRICKS)
            ],
        }
    )


class Looked:
    """Looks at pages, and keeps what was asked for beside them."""

    def __init__(self, page: Running, tab: Tab) -> None:
        """Look in a tab."""
        self._page, self._tab = page, tab
        self.asked: list[str] = []
        tab.page.on("request", lambda request: self.asked.append(request.url))
        tab.page.on("dialog", lambda dialog: dialog.accept())
        link = links(page.project).archive(subscriber_id(ADA), MONDAY)
        self.day, self.root = link, link.rpartition("/")[0]

    def at(self, url: str) -> str:
        """Open a page, and give its text once all is loaded."""
        answer = self._tab.page.goto(url, wait_until="load")
        assert answer is not None
        assert answer.status == 200, url
        self.asked.remove(url)
        return self._tab.page.inner_text("body")

    def remains(self) -> tuple[list[str], list[str], list[str]]:
        """Give what was asked for besides, elsewhere, and complained of."""
        mail = f"{self.day}/mail"
        return [url for url in self.asked if url != mail], self._tab.elsewhere, self._tab.faults


NOTHING: tuple[list[str], list[str], list[str]] = ([], [], [])


@pytest.fixture
def hostile(project: Project) -> Iterator[Running]:
    """Send a digest of our own hostile feed."""
    (project.folder / "papers.json").write_text(evil(), encoding="utf-8")
    project.subscribe(ADA, settings="limit = 60")
    with running(project, local=True) as served:
        project.app.run()
        yield served


def test_our_own_tricks(hostile: Running, tab: Tab) -> None:
    """Every trick is shown as text, in the mail, its frame, the list and the search."""
    looked = Looked(hostile, tab)
    pages = (
        looked.day,
        f"{looked.day}/mail",
        f"{looked.day}/all",
        f"{looked.root}/search?q=graph",
        looked.root,
    )
    for url in pages:
        assert "graph" in looked.at(url) or url == looked.day
        assert tab.page.title() != "ran"
    assert NOTHING == looked.remains()


def test_each_trick_came_as_far_as_the_archive(hostile: Running, tab: Tab) -> None:
    """None of the hostile entries was lost on the way, or the test above would prove nothing."""
    looked = Looked(hostile, tab)
    text = looked.at(f"{looked.day}/all")
    assert [] == [n for n in range(len(TRICKS)) if not re.search(rf"graph {n}\b", text)]
    mail = looked.at(f"{looked.day}/mail")
    assert mail.count("Why:") >= len(TRICKS) - 1  # one may say nearly what another says


def test_feedparsers_samples(project: Project, tab: Tab) -> None:
    """Of feedparser's tests of sanitising, sent as they are, nothing runs or is asked for."""
    if not SAMPLES.is_dir():
        pytest.skip("no samples beside the repository: feedparser's hostile feeds are not tried")
    files = sorted(SAMPLES.glob("*.xml"))
    keyword = "safe OR description OR description* OR this OR test OR div OR a*"
    project.subscribe(ADA, settings="limit = 100", keyword=keyword)
    with running(project, local=True) as served:
        app = project.app
        sources = tuple(
            Source(name=file.stem, kind="file", options=adapter("file").options(path=str(file)))
            for file in files
        )
        replace(app, config=replace(app.config, sources=sources)).run()
        looked = Looked(served, tab)
        looked.at(looked.day)
        assert "Why:" in looked.at(f"{looked.day}/mail")
        count = len(project.rows("entries"))
        shown = 0
        for number in range(1, -(-count // 50) + 1):
            looked.at(f"{looked.day}/all?page={number}")
            shown += tab.page.locator("h2.title").count()
        looked.at(f"{looked.root}/search?q=safe")
    assert (True, count) == (count > 100, shown)
    assert NOTHING == looked.remains()
