"""The preview of a profile as a server of this machine, for tests: uvicorn in a thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from digest.web import preview, server
from digest.web.preview import single
from integration.conftest import Project
from integration.servers import LOOPBACK

# Scores with `graph*`: 0.55 for the title, 0.40 for the text alone, and none.
PAPERS = {
    1: "Graph networks",
    2: "On networks",
    3: "Graph theory",
    4: "Trees",
    5: "Graph colouring",
}
PROFILE = """\
# Ada reads at breakfast.
email = "ada@example.org"
send_at = "00:00"
limit = 2  # enough for one coffee

# what the group works on
[[interest]]
name = "Graphs"
keywords = ["graph*"]
threshold = 0.5   # titles only

# and for pleasure
[[interest]]
name = "Trees"
keywords = ["tree*"]

[trending]
show = 0
"""


@dataclass(frozen=True)
class Previewed:
    """A preview that answers, and a client."""

    project: Project
    profile: Path
    client: httpx.Client

    @property
    def address(self) -> str:
        """Give the page's address."""
        return f"{self.client.base_url}/preview"

    def get(self, query: str = "") -> str:
        """Give the page."""
        return self.client.get(f"/preview?{query}").text


def ada(project: Project) -> Path:
    """Write Ada's profile, with its comments."""
    path = project.folder / "profiles" / "ada.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(PROFILE, encoding="utf-8")
    return path


@contextmanager
def previewed(project: Project, who: str, listings: Sequence[str] = ()) -> Iterator[Previewed]:
    """Preview a profile."""
    app = project.app
    application = preview(app, single(app, who, listings))
    with server.listen(LOOPBACK, 0) as listening:
        serving = server.server(application)
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listening]})
        thread.start()
        base = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        try:
            # As a browser says of what a page of the same site asks for.
            said = {"Sec-Fetch-Site": "same-origin"}
            with httpx.Client(base_url=base, timeout=30, headers=said) as client:
                yield Previewed(project=project, profile=Path(who), client=client)
        finally:
            serving.should_exit = True
            thread.join()
