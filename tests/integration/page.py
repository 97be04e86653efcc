"""The page as a server of this machine, for tests: uvicorn in a thread, on a port of its own."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from digest.links import PageLinks
from digest.profile import subscriber_id
from digest.web import application, server
from integration.conftest import Project
from integration.servers import LOOPBACK, Mailbox

BASE_URL = "https://digest.example.org/papers"
PATH = "/papers/unsubscribe/"
PAIR = {"List-Unsubscribe": "One-Click"}


@dataclass(frozen=True)
class Running:
    """A page that answers, and a client that keeps no cookie and follows no redirect."""

    project: Project
    client: httpx.Client
    port: int

    def path(self, email: str) -> str:
        """Give the path of a subscriber's link, as the reverse proxy passes it on."""
        links = self.project.app.links()
        assert isinstance(links, PageLinks)
        return httpx.URL(links.unsubscribe(subscriber_id(email))).path

    def post(self, email: str) -> httpx.Response:
        """Say stop for an address, as a mail program does."""
        return self.client.post(self.path(email), data=PAIR)

    def statuses(self) -> dict[str, str]:
        """Give each subscriber's status."""
        return {row["email"]: row["status"] for row in self.project.rows("subscribers")}


@contextmanager
def running(project: Project, *, local: bool = False) -> Iterator[Running]:
    """Run the project's page, behind BASE_URL unless the project names another.

    A ``local`` one is its own base_url, so that a browser can follow the links of a mail.
    """
    with server.listen(LOOPBACK, 0) as listening:
        here = f"http://{LOOPBACK}:{listening.getsockname()[1]}/papers"
        project.base_url = project.base_url or (here if local else BASE_URL)
        serving = server.server(application(project.app))
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]})
        thread.start()
        port = int(listening.getsockname()[1])
        try:
            with httpx.Client(base_url=f"http://{LOOPBACK}:{port}", timeout=20) as client:
                yield Running(project=project, client=client, port=port)
        finally:
            serving.should_exit = True
            thread.join()


def link(box: Mailbox, kind: str = "confirm") -> str:
    """Give the path of the link in the newest letter."""
    part = box.mails[-1].parsed.get_body(("plain",))
    assert part is not None
    found = re.search(rf"https://digest\.example\.org(/papers/{kind}/\S+)", part.get_content())
    assert found is not None
    return found[1]
