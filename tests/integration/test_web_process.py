"""`digest web` as a process: it answers, stops, works beside the daemon, and says what is wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

import digest
from digest.links import PageLinks
from digest.profile import subscriber_id
from integration.conftest import Cli, Project
from integration.page import BASE_URL, PAIR
from integration.servers import LOOPBACK, Mailbox, free_port

PACKAGE = str(Path(digest.__file__).parent.parent)
ADA, BOB = "ada@example.org", "bob@example.org"


@contextmanager
def process(project: Project, command: str) -> Iterator[subprocess.Popen[str]]:
    """Run a command that stays in the foreground."""
    with subprocess.Popen(
        [sys.executable, "-m", "digest", "--config", str(project.folder / "config.toml"), command],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": PACKAGE},
    ) as started:
        yield started
        started.kill()


def link(project: Project, email: str) -> str:
    """Give a subscriber's link, as the reverse proxy would ask for it."""
    links = project.app.links()
    assert isinstance(links, PageLinks)
    path = httpx.URL(links.unsubscribe(subscriber_id(email))).path
    return f"http://{LOOPBACK}:{project.web_port}{path}"


def ask(method: str, url: str, seconds: float = 20) -> httpx.Response:
    """Ask until the server answers."""
    end = time.monotonic() + seconds
    while True:
        try:
            return httpx.request(method, url, data=PAIR, timeout=10)
        except httpx.TransportError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


@pytest.fixture
def paged(project: Project) -> Project:
    """Have a project with a page and two subscribers who are due."""
    project.base_url, project.web_port = BASE_URL, free_port()
    project.clock.at = datetime.now(UTC)
    project.subscribe(ADA, BOB, settings='timezone = "UTC"')
    return project


def test_the_page_answers_and_stops(paged: Project) -> None:
    """It answers; on SIGTERM it ends with 0 within 10 s; its log has no token and no traceback."""
    with process(paged, "web") as web:
        url = link(paged, ADA)
        answers = [ask("GET", url).status_code, ask("POST", url).status_code]
        web.send_signal(signal.SIGTERM)
        _, said = web.communicate(timeout=10)
    assert ([200, 200], 0) == (answers, web.returncode), said
    words = (f"{ADA}: unsubscribed", "stopping on SIGTERM", "stopped", "Traceback", url[-40:])
    assert [True, True, True, False, False] == [word in said for word in words]


def test_the_page_works_beside_the_daemon(paged: Project, box: Mailbox) -> None:
    """While the daemon runs, who said stop on the page before gets nothing, and others do."""
    with process(paged, "web"), process(paged, "daemon"):
        stopped = ask("POST", link(paged, ADA)).status_code
        end = time.monotonic() + 30
        while not box.mails and time.monotonic() < end:
            time.sleep(0.1)
        again = ask("POST", link(paged, BOB)).status_code
    assert (200, 200, [BOB]) == (stopped, again, box.recipients)


def test_without_base_url_there_is_no_page(cli: Cli) -> None:
    """`digest web` without base_url says what to set."""
    result = cli("web")
    cure = 'set it to where the page is reached, as "https://digest.example.org"'
    place = f"{cli.project.folder / 'config.toml'}: digest.base_url"
    assert (2, f"{place}: is missing, and no mail links to the page; {cure}\n") == (
        result.exit_code,
        result.stderr,
    )


def test_a_port_that_is_taken_is_named(cli: Cli) -> None:
    """`digest web` on a port of somebody else's ends with one line."""
    with socket.create_server((LOOPBACK, 0)) as other:
        cli.project.base_url, cli.project.web_port = BASE_URL, other.getsockname()[1]
        result = cli("web")
    place = f"[web]: {LOOPBACK}:{cli.project.web_port} cannot be listened at"
    line = f"{place} (Address already in use); choose another host or port\n"
    assert (2, True) == (result.exit_code, result.stderr.endswith(line))
