"""The operator's page in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from integration.conftest import Project
from integration.page import Running, running
from integration.servers import Mailbox

from browser.conftest import Tab
from digest.web import guarded

ADA, BOB = "ada@example.org", "bob@example.org"


@pytest.fixture
def page(project: Project, box: Mailbox) -> Iterator[Running]:
    """Run the page after days of runs, one of which had a failure."""
    project.subscribe(ADA)
    with running(project, local=True) as served:
        for number in range(5):
            project.papers(*range(4 * number, 4 * number + number + 1))
            if number == 2:
                project.subscribe(BOB)
                box.tell("RCPT", BOB, "550 5.7.1 not here")
            if number == 3:
                (project.folder / "papers.json").unlink()
            project.app.run()
            project.tomorrow()
        yield served


def test_plots_are_pictures_with_words(page: Running, tab: Tab) -> None:
    """Each source has a plot of thirty days that says in words what it shows."""
    tab.page.goto(f"{page.client.base_url}/papers/operator")
    pictures = tab.page.get_by_role("img")
    said = [str(one.get_attribute("aria-label")) for one in pictures.all()]
    assert said[0].startswith("New entries a day. 11 new entries on 5 days; in doubt on 5 Mar 2026")
    assert said[1].endswith("1 active on 2 Mar 2026, 2 on 6 Mar 2026.")
    assert (30, 1) == (
        pictures.first.locator("rect.base, rect.gap").count(),
        pictures.first.locator("path.doubt").count(),
    )
    assert ([], []) == (tab.elsewhere, tab.faults)


def test_the_token_opens_it(page: Running, tab: Tab) -> None:
    """The printed address opens the page; a changed one does not."""
    token = guarded(page.project.app).token()
    tab.page.goto(f"{page.client.base_url}/papers/operator/{token}")
    tab.page.get_by_role("heading", name="How it runs").wait_for()
    tab.page.goto(f"{page.client.base_url}/papers/operator/{token}x")
    tab.page.get_by_role("heading", name="This link leads nowhere").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way(page: Running, tab: Tab, scheme: str) -> None:
    """Axe finds no barrier of WCAG 2 A or AA on the page, light or dark."""
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.page.goto(f"{page.client.base_url}/papers/operator")
    assert [] == tab.barriers()
