"""Unsubscribing in a real browser, from the link of a mail."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from integration.conftest import Project
from integration.page import Running, running

from browser.conftest import Tab

ADA = "ada@example.org"


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page for one subscriber."""
    project.subscribe(ADA)
    with running(project, local=True) as served:
        yield served


def test_the_button_is_pressed_with_the_keyboard(page: Running, tab: Tab) -> None:
    """Who opens the link, and presses Tab and Enter, is unsubscribed; nothing else is asked for."""
    tab.page.goto(f"{page.client.base_url}{page.path(ADA)}")
    before = page.statuses()
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    tab.page.get_by_role("heading", name="You are unsubscribed").wait_for()
    assert ({ADA: "active"}, {ADA: "unsubscribed"}) == (before, page.statuses())
    assert ([], []) == (tab.elsewhere, tab.faults)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way(page: Running, tab: Tab, scheme: str) -> None:
    """Axe finds no barrier of WCAG 2 A or AA on the page, light or dark."""
    tab.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    tab.page.goto(f"{page.client.base_url}{page.path(ADA)}")
    assert [] == tab.barriers()
