"""The pages of a subscriber whose profile says all that one can say, and how they are used."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from digest import subscriptions
from digest.links import PageLinks
from digest.model import Subscriber
from digest.profile import subscriber_id
from integration.conftest import Project
from integration.page import Running, running
from integration.test_page import Parts

ADA, BOB, NEW = "ada@example.org", "bob@example.org", "countess@example.org"
LIBRARY = "@article{a, title={A liked one}, year={2024}, abstract={Of learning graphs.}}"
PROFILE = f"""
email = "{ADA}"
name = "Ada"
timezone = "Europe/London"
send_at = "00:00"
days = ["mon", "tue"]
limit = 7
when_empty = "note"
replacements = "only-if-sent"
explore = 1
language = "de"
template = "compact"
paused_until = 2026-03-09

[[interest]]
name = "Graphs"
text = "networks of graphs"
keywords = ["graph*", "neural AND (net OR nets)"]
authors = ["Alex Graves"]
categories = ["cs.LG", "cs.AI"]
examples = ["arxiv:1410.5401", "Pointer Networks", "https://example.org/a", "doi:10.1000/182"]
counterexamples = ["A survey of surveys"]
bibliography = "library.bib"
exclude = ["survey"]
sources = ["file"]
weight = 1.5
threshold = 0.25

[[interest]]
name = "Graphs"
authors = ["Ada Lovelace"]

[trending]
show = 2
"""


@contextmanager
def served(project: Project) -> Iterator[Running]:
    """Subscribe, and run the page."""
    path = project.folder / "profiles" / "ada.toml"
    path.parent.mkdir()
    path.write_text(PROFILE, encoding="utf-8")
    (path.parent / "library.bib").write_text(LIBRARY, encoding="utf-8")
    files, problems = subscriptions.read([path], project.app.defaults)
    assert problems == []
    with project.app.store() as store:
        subscriptions.apply(store, files)
    with running(project) as running_page:
        yield running_page


def way(page: Running, email: str = ADA) -> str:
    """Give the path of a subscriber's preferences, as a mail of today has it."""
    links = page.project.app.links()
    assert isinstance(links, PageLinks)
    url = links.preferences(subscriber_id(email), page.project.clock.at.date())
    return httpx.URL(url).path


def stored(page: Running, email: str = ADA) -> Subscriber:
    """Read a subscriber."""
    with page.project.app.store() as store:
        return subscriptions.subscriber(store, email)


def filled(text: str) -> dict[str, Any]:
    """Give what a browser would send of a page's first form, untouched."""
    form = text[text.index("<form") : text.index("</form>")]
    found: dict[str, Any] = {}
    for one in Parts(form).named("input"):
        ticked = one.get("type") not in {"checkbox", "file"} or "checked" in one
        if one.get("type") != "file" and ticked:
            found.setdefault(str(one["name"]), []).append(one.get("value") or "")
    for name, value in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL
    ):
        found[name] = html.unescape(value)
    for name, options in re.findall(
        r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL
    ):
        (found[name],) = re.findall(r'value="([^"]*)" selected', options)
    return found


def save(page: Running, **changes: Any) -> httpx.Response:  # noqa: ANN401 texts and lists
    """Open the form, change some of it, and save it."""
    form = filled(page.client.get(way(page)).text) | {"do": "save"} | changes
    data = {name: value for name, value in form.items() if value is not None}
    return page.client.post(way(page), data=data)
