"""The archive in a real browser: reading, going on, searching, feeds and downloads, by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import feedparser
import pytest
from integration.conftest import Project, feed_of, item
from integration.page import Running, running
from integration.servers import Mailbox
from integration.test_archive import ADA, MONDAY, links

from browser.conftest import Tab
from digest import bibliography
from digest.profile import subscriber_id

NOTHING: tuple[list[str], list[str]] = ([], [])


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page after digests of two days."""
    project.subscribe(ADA, settings='name = "Ada"')
    with running(project, local=True) as served:
        project.app.run()
        project.tomorrow()
        fish = item(5, "Of fish", content_text="Swimming in schools.", authors=[{"name": "王小明"}])
        (project.folder / "papers.json").write_bytes(feed_of(item(4), fish))
        project.app.run()
        yield served


def link(page: Running, day: date = MONDAY) -> str:
    """Give the link that the mail of a day has."""
    return links(page.project).archive(subscriber_id(ADA), day)


def link_of(box: Mailbox) -> str:
    """Find the link to read in the browser in the newest mail."""
    body = box.mails[-1].parsed.get_body(("html",))
    assert body is not None
    (found,) = re.findall(r'href="([^"]+)"[^>]*>Read in the browser<', str(body.get_content()))
    return str(found)


@pytest.mark.usefixtures("page")
def test_a_mail_is_read_in_the_browser(box: Mailbox, tab: Tab) -> None:
    """The link of a mail shows the mail in a frame, as it was sent; its links open beside it."""
    tab.page.goto(link_of(box))
    frame = tab.page.frame_locator("iframe")
    frame.get_by_role("link", name="Graph networks, part 4").wait_for()
    shown = frame.locator("body").inner_text()
    body = box.mails[-1].parsed.get_body(("html",))
    assert body is not None
    tab.page.context.new_page().set_content(str(body.get_content()))
    assert tab.page.context.pages[-1].locator("body").inner_text() == shown
    assert NOTHING == (tab.elsewhere, tab.faults)


def test_a_link_of_the_mail_opens_beside_it(page: Running, tab: Tab) -> None:
    """A link in the framed mail opens a page of its own, which is told nothing of this one."""
    tab.page.goto(link(page))
    with tab.page.expect_popup() as opened:
        tab.page.frame_locator("iframe").get_by_role("link", name="part 1").click()
    opened.value.close()
    assert ["https://arxiv.org/abs/2601.00001"] == tab.elsewhere
    assert tab.page.url == link(page)


def test_from_day_to_day_by_keyboard(page: Running, tab: Tab) -> None:
    """Tab and Enter lead from a digest to the next, and to the list of all."""
    tab.page.goto(link(page))
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    tab.page.get_by_role("heading", name="Tuesday 3 March 2026", exact=True).wait_for()
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    tab.page.get_by_role("heading", name="Your digests").wait_for()
    days = tab.page.get_by_role("listitem").get_by_role("link").all_inner_texts()
    assert ["Tuesday 3 March 2026", "Monday 2 March 2026"] == days


def test_search_by_keyboard(page: Running, tab: Tab) -> None:
    """Words typed and Enter find entries of all, also what was never sent; a mistake is told."""
    tab.page.goto(link(page).rpartition("/")[0])
    tab.page.get_by_role("link", name="Search all entries").click()
    tab.page.get_by_role("searchbox").fill("fish")
    tab.page.keyboard.press("Enter")
    tab.page.get_by_role("heading", name="Of fish").wait_for()
    tab.page.get_by_role("searchbox").fill('"fish')
    tab.page.keyboard.press("Enter")
    tab.page.get_by_text("a quotation mark is not closed").wait_for()
    assert '"fish' == tab.page.get_by_role("searchbox").input_value()
    assert [] == tab.elsewhere


def test_feeds_are_found(page: Running, tab: Tab) -> None:
    """The list names the feeds for feed readers and for people, and they are feeds."""
    tab.page.goto(link(page).rpartition("/")[0])
    found = tab.page.locator('link[rel="alternate"]').evaluate_all("all => all.map(l => l.href)")
    shown = [tab.page.get_by_role("link", name=name) for name in ("Atom", "JSON Feed")]
    assert found == [one.evaluate("link => link.href") for one in shown]
    feed = feedparser.parse(tab.page.request.get(found[0]).body())
    assert (False, 4) == (feed.bozo, len(feed.entries))


def test_a_digest_is_saved_for_a_library(page: Running, tab: Tab, tmp_path: Path) -> None:
    """BibTeX and RIS are downloads, which our own reader takes."""
    for kind, name in (("bib", "BibTeX"), ("ris", "RIS")):
        tab.page.goto(link(page))
        with tab.page.expect_download() as begun:
            tab.page.get_by_role("link", name=name).click()
        file = tmp_path / begun.value.suggested_filename
        begun.value.save_as(file)
        library = bibliography.parse(f".{kind}", file.read_text(encoding="utf-8"), "here")
        assert (f"digest-2026-03-02.{kind}", 3, 0) == (
            file.name,
            len(library.examples),
            library.unread,
        )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("tail", ["", "/2026-03-02", "/2026-03-03/all", "/2026-01-01"])
def test_nothing_stands_in_the_way(page: Running, tab: Tab, tail: str, scheme: str) -> None:
    """Axe finds no barrier of WCAG 2 A or AA in the archive, light or dark."""
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.page.goto(link(page).rpartition("/")[0] + tail)
    assert [] == tab.barriers()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("words", ["", "graph", "NOT graph"])
def test_nothing_stands_in_the_way_of_a_search(
    page: Running, tab: Tab, words: str, scheme: str
) -> None:
    """Nor does it in the search, with results, without, or with a mistake."""
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.page.goto(f"{link(page).rpartition('/')[0]}/search?q={words}")
    assert [] == tab.barriers()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_the_mail(page: Running, tab: Tab, scheme: str) -> None:
    """Nor does it in the mail; out of its sandbox, in which axe cannot run either."""
    html = page.client.get(f"{link(page)}/mail").text
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.page.set_content(html)
    assert [] == tab.barriers()
