"""The form by which one subscribes on the page, and the letters that it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from digest import correspondence
from integration.conftest import Project
from integration.page import Running, link, running
from integration.servers import Mailbox

ADA, EVE = "ada@example.org", "eve@example.org"
FORM: dict[str, Any] = {
    "do": "subscribe",
    "interests": "1",
    "email": ADA,
    "name": "Ada",
    "timezone": "Europe/London",
    "send_at": "07:30",
    "days": ["mon", "tue", "wed"],
    "interest-0-text": "networks of graphs",
    "interest-0-keywords": "graph*\r\n\r\n  program synthesis ",
    "interest-0-examples": "arXiv:1410.5401\nPointer Networks",
}
BIB = "@article{a, title={Graphs that {L}earn}, year={2024}, abstract={Of learning graphs.}}"


@contextmanager
def opened(project: Project) -> Iterator[Running]:
    """Run the page with its form open."""
    project.page = "signup = true"
    project.app.pull()
    with running(project) as page:
        yield page


def ask(page: Running, **changes: str | None) -> httpx.Response:
    """Send the form; a field that is None is left out."""
    filled = {name: value for name, value in (FORM | changes).items() if value is not None}
    return page.client.post("/papers/subscribe", data=filled)


def letters(page: Running, box: Mailbox) -> list[tuple[str, str]]:
    """Send what is due, and give the letters so far: to whom, and the subject."""
    correspondence.send(page.project.app)
    return [(mail.recipient, str(mail.parsed["subject"])) for mail in box.mails]


def confirmed(page: Running, box: Mailbox, **changes: str | None) -> httpx.Response:
    """Subscribe from form to confirmation."""
    ask(page, **changes)
    correspondence.send(page.project.app)
    return page.client.post(link(box))
