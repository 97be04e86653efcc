"""Fixtures of a real browser: the system's Chromium, which asks for nothing but this machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from axe_playwright_python.sync_playwright import Axe
from integration.conftest import Clock, Project, box, clock, mail_port, project
from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

__all__ = ["Clock", "Project", "box", "clock", "mail_port", "project"]

LOCAL = ("http://127.0.0.1:", "data:", "about:", "blob:")
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
_QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",  # tests may run as root, where Chromium's own sandbox refuses
]
# WCAG 2.0 to 2.2, A and AA, as axe tags its rules.
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass
class Tab:
    """A page of the browser, with what it asked of others and what went wrong in it."""

    page: Page
    elsewhere: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def barriers(self) -> list[str]:
        """Name the rules of WCAG 2 A and AA that axe finds broken, with the elements."""
        options = {"runOnly": {"type": "tag", "values": _WCAG}, "resultTypes": ["violations"]}
        found = Axe().run(self.page, options=options).response["violations"]
        return [f"{rule['id']}: {rule['nodes'][0]['html'][:200]}" for rule in found]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Run the browser, headless; without one its tests are left out, and say so."""
    if not _CHROMIUM:
        pytest.skip("no browser: the pages are not tried in one (apt install chromium)")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=_CHROMIUM, args=_QUIET)
        yield running
        running.close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Tab]:
    """Open a page in a context of its own: no request leaves this machine."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/Berlin")
    context.set_default_timeout(20_000)
    opened = Tab(page=context.new_page())

    def bound(route: Route, request: Request) -> None:
        if request.url.startswith(LOCAL):
            route.continue_()
        else:
            opened.elsewhere.append(request.url)
            route.abort()

    context.route("**/*", bound)
    context.on("weberror", lambda error: opened.faults.append(str(error.error)))
    context.on("console", lambda said: _keep(opened, said.type, said.text))
    yield opened
    context.close()


def _keep(opened: Tab, kind: str, text: str) -> None:
    """Keep what the browser complains of: a policy that was broken, a script that failed."""
    if kind == "error":
        opened.faults.append(text)
