"""New versions of papers, new subscribers, and the operator's notice."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from digest.config import load
from integration.conftest import Project, feed_of, item
from integration.servers import Mailbox, Web
from integration.test_states import atom

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">
<id>http://rss.arxiv.org/atom/cs.XX</id><title>cs.XX updates on arXiv.org</title>{entries}</feed>"""
ENTRY = """<entry><id>oai:arXiv.org:2601.00009v{version}</id><title>Graph looms</title>
<link href="https://arxiv.org/abs/2601.00009"/><updated>2026-03-02T00:00:00Z</updated>
<summary>arXiv:2601.00009v{version} Announce Type: {kind}
Abstract: Of graphs.</summary><arxiv:announce_type>{kind}</arxiv:announce_type></entry>"""


def announce(project: Project, version: int, kind: str) -> None:
    """Write arXiv's feed of a day with one paper."""
    body = ATOM.format(entries=ENTRY.format(version=version, kind=kind))
    (project.folder / "papers.json").write_text(body, encoding="utf-8")


@pytest.mark.parametrize(
    ("wanted", "seen_first", "expected"),
    [
        ("ignore", True, 1),
        ("only-if-sent", True, 2),
        ("show", True, 2),
        ("ignore", False, 0),
        ("only-if-sent", False, 0),
        ("show", False, 1),
    ],
)
def test_a_new_version_is_shown_as_the_profile_asks(
    project: Project, box: Mailbox, wanted: str, seen_first: bool, expected: int
) -> None:
    """A second version is mailed again, only after the first, or not at all."""
    project.subscribe("ada@example.org", settings=f'replacements = "{wanted}"')
    if seen_first:
        announce(project, 1, "new")
        project.app.run()
        project.tomorrow()
    announce(project, 2, "replace")
    project.app.run()
    project.tomorrow()
    project.app.run()
    assert expected == len(box.mails)


def test_a_new_subscriber_is_offered_the_newest_only(project: Project, box: Mailbox) -> None:
    """The first mail chooses among the newest entries, as many as are configured."""
    dated = [item(n, date_published=f"2026-02-{n:02}T00:00:00Z") for n in range(1, 10)]
    (project.folder / "papers.json").write_bytes(feed_of(*dated))
    project.subscribe("ada@example.org")
    text = project.config.read_text(encoding="utf-8") + "\n[window]\nfirst = { entries = 3 }\n"
    path = project.folder / "first.toml"
    path.write_text(text, encoding="utf-8")
    app = project.app
    report = type(app)(config=load(path, {}), now=app.now, sleep=app.sleep).run()
    assert (3, 3, 1) == (report.candidates, report.shown, len(box.mails))


def with_operator(project: Project, folder: Path, source: str) -> Path:
    """Write the configuration with an operator's address and one source."""
    project.sources = [source]
    text = project.config.read_text(encoding="utf-8")
    path = folder / "operated.toml"
    title = 'title = "Papers"'
    path.write_text(text.replace(title, f'{title}\noperator = "op@example.org"'), encoding="utf-8")
    return path


def test_the_operator_is_told_once_of_a_source_that_fails_for_days(
    project: Project, box: Mailbox
) -> None:
    """After three days of failing one mail goes to the operator, and no second."""
    path = with_operator(project, project.folder, 'kind = "file"\npath = "missing.json"')
    told = []
    for _ in range(6):
        type(project.app)(config=load(path, {}), now=project.clock, sleep=project.clock.sleep).run()
        told.append(len(box.mails))
        project.clock.at += timedelta(days=1)
    assert [0, 0, 0, 1, 1, 1] == told


def test_the_operator_is_told_of_a_source_that_says_nothing_for_days(
    project: Project, web: Web, box: Mailbox
) -> None:
    """A source that answers every day, and is stale for three, is raised as one that fails."""
    project.http = "allow_private_networks = true"
    source = f'kind = "arxiv"\nurl = "{web.url("/arxiv")}"'
    path = with_operator(project, project.folder, source)
    web.pages["/arxiv"] = atom(1)
    for _ in range(6):
        type(project.app)(config=load(path, {}), now=project.clock, sleep=project.clock.sleep).run()
        project.clock.at += timedelta(days=1)
    assert ["Sources failing: arxiv"] == [mail.parsed["Subject"] for mail in box.mails]
