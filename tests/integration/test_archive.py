"""The archive: digests as they were sent, all that came in, and who may read them."""

from __future__ import annotations

import email
import email.policy
import html
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest

from digest import archive, subscriptions
from digest.links import READABLE, PageLinks
from digest.profile import subscriber_id
from digest.tokens import Purpose
from digest.web.limits import Limiter, Rate
from digest.web.readers import Readers
from integration.conftest import Project, feed_of, item
from integration.page import Running, running
from integration.servers import Mailbox

ADA, BOB = "ada@example.org", "bob@example.org"
MONDAY = date(2026, 3, 2)


def links(project: Project) -> PageLinks:
    """Give what makes the project's links."""
    found = project.app.links()
    assert isinstance(found, PageLinks)
    return found


def path(project: Project, who: str = ADA, day: date = MONDAY) -> str:
    """Give the path of the link that a mail of a day has."""
    return httpx.URL(links(project).archive(subscriber_id(who), day)).path


def listed(project: Project) -> str:
    """Give the path of the list of digests, by a mail of Monday."""
    return path(project).rpartition("/")[0]


def mail_of(content: bytes) -> str:
    """Give the HTML of a mail as it arrived."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n").strip()


def as_sent(page: Running, day: date = MONDAY) -> str:
    """Give a mail as the archive shows it, without what makes its links open beside it."""
    text = page.client.get(f"{path(page.project, day=day)}/mail").text
    return text.replace('\n<base target="_blank">', "", 1).strip()


@pytest.fixture
def page(project: Project) -> Iterator[Running]:
    """Run the page after Monday's digests were sent."""
    project.subscribe(ADA, BOB)
    with running(project) as served:
        project.app.run()
        yield served


def test_a_mail_links_to_its_archive(page: Running, box: Mailbox) -> None:
    """HTML and text of a mail have the link to read it in the browser, and to all that came in."""
    message = email.message_from_bytes(box.mails[0].content, policy=email.policy.default)
    link = links(page.project).archive(subscriber_id(box.recipients[0]), MONDAY)
    for kind in ("html", "plain"):
        body = message.get_body((kind,))
        assert body is not None
        assert link in html.unescape(str(body.get_content()))
    assert 200 == page.client.get(httpx.URL(link).path).status_code


def test_a_mail_is_shown_as_it_was_sent(page: Running, box: Mailbox) -> None:
    """The HTML in the archive is that of the mail that arrived, to the character."""
    sent = next(mail for mail in box.mails if mail.recipient == ADA)
    assert mail_of(sent.content) == as_sent(page)


def test_it_stays_as_it_was(page: Running, box: Mailbox) -> None:
    """New titles, another template, language or address do not change what was sent."""
    before = as_sent(page)
    page.project.tomorrow()
    changed = [item(1, "Graphs, retitled", content_text="Of other graphs."), item(4)]
    (page.project.folder / "papers.json").write_bytes(feed_of(*changed))
    settings = 'template = "compact"\nlanguage = "de"'
    page.project.subscribe(ADA, settings=settings)
    page.project.app.run()
    assert "Graphs, retitled" in {row["title"] for row in page.project.rows("entries")}
    assert (before, 4) == (as_sent(page), len(box.mails))


def test_it_stays_as_it_was_though_two_sources_change_it_at_once(page: Running) -> None:
    """Of several changes in one pull, what was before the first is what was sent."""
    before = as_sent(page)
    page.project.tomorrow()
    now = page.project.clock()
    with page.project.app.store() as store:
        (entry,) = store.entries.by_keys(["arxiv:2601.00001"]).values()
        for title in ("Graphs, retitled", "Graphs, retitled again"):
            store.entries.keep([replace(entry, title=title)], now)
    assert "Graphs, retitled again" in {row["title"] for row in page.project.rows("entries")}
    assert before == as_sent(page)


def test_entries_that_nobody_was_shown_leave_nothing_behind(project: Project) -> None:
    """What an entry said before is kept only if a digest showed it, and only if it changed."""
    project.app.pull()
    (project.folder / "papers.json").write_bytes(feed_of(item(1, "Another"), item(2), item(3)))
    project.app.pull()
    project.subscribe(ADA)
    project.app.run()
    unshown = project.rows("former_entries")
    (project.folder / "papers.json").write_bytes(feed_of(item(1, "A third"), item(2), item(3)))
    project.tomorrow()
    project.app.pull()
    assert ([], ["Another"]) == (unshown, _titles(project))


def _titles(project: Project) -> list[str]:
    import json

    return [json.loads(row["content"])["title"] for row in project.rows("former_entries")]


def test_digests_are_listed_by_date(page: Running) -> None:
    """The list has the subscriber's own digests, the newest first; each leads to its neighbours."""
    for number in (4, 5):
        page.project.tomorrow()
        page.project.papers(number)
        page.project.app.run()
    text = page.client.get(listed(page.project)).text
    assert ["2026-03-04", "2026-03-03", "2026-03-02"] == re.findall(r'/(2026-\d\d-\d\d)">', text)
    middle = page.client.get(f"{listed(page.project)}/2026-03-03").text
    beside = re.findall(r'rel="(prev|next)" href="[^"]*/([\d-]+)"', middle)
    assert [("prev", "2026-03-02"), ("next", "2026-03-04")] == beside


def test_what_was_not_sent_is_not_there(project: Project) -> None:
    """A digest that is only planned, and a day without one, are answered alike."""
    project.subscribe(ADA)
    with running(project) as served:
        project.port = 1
        project.app.run()
        answers = [
            served.client.get(path(project)),
            served.client.get(f"{listed(project)}/2026-01-05"),
        ]
    assert [404, 404] == [answer.status_code for answer in answers]
    assert all("No digest was sent to you on this day" in answer.text for answer in answers)


def test_pruned_digests_are_said_to_be_gone(page: Running) -> None:
    """A digest older than what is kept is said to be gone, and since when."""
    page.project.papers(4)
    page.project.tomorrow()
    page.project.app.run()
    with page.project.app.store() as store:
        store.pruning.prune(page.project.clock() + timedelta(days=2), ())
    answer = page.client.get(path(page.project))
    assert (404, True) == (answer.status_code, "Thursday 5 March 2026 are not kept" in answer.text)


def test_lost_texts_are_said_to_be_lost(page: Running) -> None:
    """Where the texts of an entry were pruned, the page says so beside what is left."""
    before = page.client.get(path(page.project)).text
    with page.project.app.store() as store:
        store._db.execute("UPDATE entries SET pruned = 'x', summary = '' WHERE number = 1")  # noqa: SLF001
    after = page.client.get(path(page.project)).text
    said = "One entry is not kept as they were"
    assert (False, True) == (said in before, said in after)


def test_all_that_came_in(page: Running) -> None:
    """All that came in since the digest before is listed, also what was not sent."""
    page.project.tomorrow()
    other = item(5, "Of fish", content_text="Swimming.")
    (page.project.folder / "papers.json").write_bytes(feed_of(item(4), other))
    page.project.app.run()
    text = page.client.get(f"{path(page.project, day=date(2026, 3, 3))}/all").text
    assert ["Of fish", "part 4"] == sorted(re.findall(r"Of fish|part \d", text))
    assert 1 == text.count("In your digest of Tuesday 3 March 2026")


@pytest.mark.parametrize(
    ("kind", "media_type", "mark"),
    [("bib", "application/x-bibtex", "@misc{"), ("ris", "application/x-research", "TY  - ")],
)
def test_a_digest_for_a_library(page: Running, kind: str, media_type: str, mark: str) -> None:
    """The entries of a digest are saved as BibTeX and as RIS, all of them."""
    answer = page.client.get(f"{path(page.project)}/digest.{kind}")
    assert (3, True) == (answer.text.count(mark), media_type in answer.headers["content-type"])
    saved = f'attachment; filename="digest-2026-03-02.{kind}"'
    assert saved == answer.headers["content-disposition"]


def test_a_later_digest_opens_no_more_than_the_link(page: Running) -> None:
    """By an older mail's link a later mail is shown with no link but that to stop."""
    page.project.tomorrow()
    page.project.papers(4)
    page.project.app.run()
    later = f"{listed(page.project)}/2026-03-03"
    mail = page.client.get(f"{later}/mail").text
    assert ("/unsubscribe/" in mail, "/archive/" in mail) == (True, False)
    assert "without the links that change" in page.client.get(later).text
    own = page.client.get(f"{path(page.project, day=date(2026, 3, 3))}/mail").text
    assert "/archive/" in own


def test_nobody_reads_anothers(page: Running) -> None:
    """No other purpose's token, nobody's, and no day's of somebody else opens an archive."""
    tokens = page.project.app.tokens()
    ada = subscriber_id(ADA)
    until = MONDAY + READABLE
    forged = [
        "x",
        tokens.make(Purpose.UNSUBSCRIBE, ada),
        tokens.make(Purpose.FEED, ada),
        tokens.make_until(Purpose.PREFERENCES, until, ada, "2026-03-02"),
        tokens.make_until(Purpose.ARCHIVE, until, "nobody", "2026-03-02"),
    ]
    tails = ("", "/2026-03-02", "/2026-03-02/mail", "/2026-03-02/digest.bib", "/search?q=graph")
    answers = [
        page.client.get(f"/papers/archive/{token}{tail}") for token in forged for tail in tails
    ]
    assert {404} == {answer.status_code for answer in answers}
    assert 1 == len({answer.text for answer in answers})


def test_a_link_is_over_after_a_year(page: Running) -> None:
    """A year after its mail a link is told to have expired."""
    before = page.client.get(path(page.project)).status_code
    page.project.tomorrow(READABLE.days + 1)
    assert (200, 410) == (before, page.client.get(path(page.project)).status_code)


def test_who_was_forgotten_has_no_archive(page: Running) -> None:
    """Of a subscriber who was erased nothing is shown."""
    there = path(page.project)
    with page.project.app.store() as store:
        subscriptions.forget(store, ADA, page.project.clock())
    tails = ("", "/mail", "/all", "/digest.bib")
    assert {404} == {page.client.get(there + tail).status_code for tail in tails}


@pytest.mark.parametrize("tail", ["/no-day", "/2026-03-02/digest.exe", "?page=0", "?page=x"])
def test_what_there_is_not(page: Running, tail: str) -> None:
    """An address that no page has is answered 404."""
    assert 404 == page.client.get(f"{listed(page.project)}{tail}").status_code


def test_the_mail_can_do_nothing(page: Running) -> None:
    """The mail's policy lets it fetch nothing, run nothing, send nothing, and be framed by us."""
    answer = page.client.get(f"{path(page.project)}/mail")
    policy = dict(
        part.partition(" ")[::2] for part in answer.headers["content-security-policy"].split("; ")
    )
    assert ("'none'", "data:", "'none'", "'self'") == (
        policy["default-src"],
        policy["img-src"],
        policy["form-action"],
        policy["frame-ancestors"],
    )
    assert "allow-scripts" not in policy["sandbox"].split()


def test_reading_changes_nothing(page: Running) -> None:
    """GET, HEAD and others on every page of the archive leave the database as it was."""
    page.client.get(f"{listed(page.project)}/search?q=graph")  # the index is made once
    before = _dump(page.project)
    tails = ("", "/2026-03-02", "/2026-03-02/mail", "/2026-03-02/all", "/2026-03-02/digest.ris")
    found = {
        (method, page.client.request(method, f"{listed(page.project)}{tail}").status_code)
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE")
        for tail in (*tails, "/search?q=graph")
    }
    allowed = {("GET", 200), ("HEAD", 200)}
    assert found == allowed | {(method, 405) for method in ("POST", "PUT", "DELETE")}
    assert before == _dump(page.project)


def _dump(project: Project) -> list[str]:
    connection = sqlite3.connect(project.database)
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


@pytest.mark.parametrize("damaged", ["'{'", "CAST(x'ff' AS TEXT)"])
def test_a_damaged_digest_spoils_no_list(page: Running, damaged: str) -> None:
    """Where the database holds a digest no more, the list names its date, and no match is of it."""
    before = page.client.get(listed(page.project))
    with page.project.app.store() as store:
        store._db.execute(f"UPDATE digests SET content = {damaged}")  # noqa: SLF001 ours
        who = store.subscribers.at([ADA])[ADA].subscriber
        found = archive.matches(store, who, 9, 9)
    after = page.client.get(listed(page.project))
    said = [f"/{MONDAY}" in answer.text for answer in (before, after)]
    assert ([], [True, True], 200) == (found, said, after.status_code)


def test_a_broken_database_is_said_to_be(page: Running) -> None:
    """Without its database the archive says to try again later."""
    page.project.database.unlink()
    answer = page.client.get(path(page.project))
    assert (503, "60") == (answer.status_code, answer.headers["retry-after"])


def test_who_asks_too_often_waits(page: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """One too many of a client is answered 429, with how long to wait; another client is not."""
    limiter = Limiter(Rate(burst=2, per_second=0.01))
    monkeypatch.setattr(Readers, "__init__", _limited(Readers.__init__, limiter))
    with running(page.project) as limited:
        here = path(page.project)
        codes = [limited.client.get(here).status_code for _ in range(3)]
        waits = limited.client.get(here).headers["retry-after"]
        other = limited.client.get(here, headers={"X-Forwarded-For": "198.51.100.7"})
    assert ([200, 200, 429], "100", 200) == (codes, waits, other.status_code)


def _limited(make: object, limiter: Limiter) -> object:
    def made(self: Readers, **values: object) -> None:
        make(self, **values, clients=limiter)  # type: ignore[operator]

    return made
