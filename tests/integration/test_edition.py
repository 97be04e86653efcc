"""Editions: which are due, what they show, what the mail looks like, and broken sources."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from digest import reading, subscriptions
from digest.pipeline import Report
from digest.profile import subscriber_id
from integration.conftest import Project, feed_of, item
from integration.servers import Mailbox

ADA, BOB, CY = "ada@example.org", "bob@example.org", "cy@example.org"
TWO = [
    'name = "Good"\nkind = "file"\npath = "papers.json"',
    'name = "Bad"\nkind = "file"\npath = "bad.json"',
]


def balanced(report: Report) -> bool:
    """Whether a report's sums come out."""
    shown = report.candidates == report.shown + sum(report.left_out.values())
    return shown and report.editions == sum(report.status.values())


def test_the_balance_holds(project: Project, box: Mailbox) -> None:
    """Candidates are shown or left out with a reason; editions have a status."""
    project.papers(*range(1, 9))
    project.subscribe(ADA, BOB, settings="limit = 3")
    project.subscribe(CY, settings="limit = 8")
    box.tell("RCPT", BOB, "550 5.7.1 no")
    report = project.app.run()
    found = (report.candidates, report.shown, report.left_out, report.editions)
    assert (True, (24, 14, {"over the limit": 10}, 3)) == (balanced(report), found)


def test_an_entry_is_shown_once(project: Project) -> None:
    """What was shown is no candidate on the next day; what is new is."""
    project.subscribe(ADA)
    first = project.app.run()
    project.tomorrow()
    project.papers(1, 2, 3, 4)
    second = project.app.run()
    assert [(3, 3), (1, 1)] == [(r.candidates, r.shown) for r in (first, second)]


def test_an_entry_that_changed_is_not_shown_again(project: Project) -> None:
    """A paper with other upvotes than when it was shown is not shown again."""
    project.subscribe(ADA)
    project.app.run()
    project.tomorrow()
    liked = [item(number, _digest={"upvotes": 9}) for number in (1, 2, 3)]
    (project.folder / "papers.json").write_bytes(feed_of(*liked))
    report = project.app.run()
    assert ([3], 0) == ([s.updated for s in report.sources], report.candidates)


def test_what_has_no_room_comes_with_the_next_edition(project: Project) -> None:
    """Entries beyond the size of a mail are counted, and not taken for shown."""
    # Each text is made of a character of its own, so that no two are nearly the same.
    signs = {n: chr(0x4E00 + n) for n in range(1, 61)}
    long = [item(n, f"Graphs {s * 60}", content_text=s * 500) for n, s in signs.items()]
    (project.folder / "papers.json").write_bytes(feed_of(*long))
    project.subscribe(ADA, settings="limit = 60")
    first = project.app.run()
    project.tomorrow()
    second = project.app.run()
    dropped = first.left_out["beyond the size of a mail"]
    assert (True, True, dropped) == (balanced(first), dropped > 0, second.candidates)


@pytest.mark.parametrize(
    ("choice", "expected", "mails"), [("skip", {"skipped": 1}, 0), ("note", {"sent": 1}, 1)]
)
def test_a_quiet_day(
    project: Project, box: Mailbox, choice: str, expected: dict[str, int], mails: int
) -> None:
    """With nothing to show an edition is skipped, or a note sent if asked for."""
    project.papers()
    project.subscribe(ADA, settings=f'when_empty = "{choice}"')
    report = project.app.run()
    assert (expected, mails, False) == (report.status, len(box.mails), report.failed)


@pytest.mark.parametrize(
    ("send_at", "zone", "expected"),
    [
        ("11:59", "UTC", 1),
        ("12:00", "UTC", 1),
        ("12:01", "UTC", 0),
        ("13:00", "Europe/Berlin", 1),
        ("13:01", "Europe/Berlin", 0),
        ("07:00", "America/New_York", 1),
        ("07:01", "America/New_York", 0),
        ("21:00", "Asia/Tokyo", 1),
        ("21:01", "Asia/Tokyo", 0),
        ("01:00", "Pacific/Auckland", 1),
        ("01:01", "Pacific/Auckland", 0),
    ],
)
def test_an_edition_is_due_from_its_time_on(
    project: Project, send_at: str, zone: str, expected: int
) -> None:
    """At noon, UTC, an edition is due whose time has come in the subscriber's zone."""
    project.subscribe(ADA, settings=f'send_at = "{send_at}"\ntimezone = "{zone}"')
    assert expected == project.app.run().editions


@pytest.mark.parametrize(("days", "expected"), [('"mon"', 1), ('"tue", "sun"', 0)])
def test_an_edition_is_due_on_its_days(project: Project, days: str, expected: int) -> None:
    """On a Monday only those are served who want Mondays."""
    project.subscribe(ADA, settings=f"days = [{days}]")
    assert expected == project.app.run().editions


def test_the_date_is_of_the_subscribers_zone(project: Project) -> None:
    """At noon, UTC, it is the next day in Auckland; the edition bears that date."""
    project.subscribe(ADA, settings='timezone = "Pacific/Auckland"')
    project.app.run()
    assert [date(2026, 3, 3)] == [row.edition.date for row in project.outbox()]


def test_a_paused_subscriber_gets_nothing_until_the_date(project: Project) -> None:
    """Until paused_until nothing is planned; on that day it is, with all that came."""
    project.subscribe(ADA, settings="paused_until = 2026-03-04")
    shown = []
    for _ in range(3):
        shown.append(project.app.run().shown)
        project.tomorrow()
    assert [0, 0, 3] == shown


def test_only_one_subscriber_is_served_if_asked(project: Project, box: Mailbox) -> None:
    """A run for one subscriber leaves the others for the next."""
    project.subscribe(ADA, BOB)
    with project.app.store() as store:
        ada = subscriptions.subscriber(store, ADA)
    project.app.run(only=ada.id)
    assert [ADA] == box.recipients


def files(folder: Path) -> dict[str, bytes]:
    """Read all files of the database."""
    return {path.name: path.read_bytes() for path in folder.glob("digest.db*")}


def test_a_dry_run_stores_and_sends_nothing(project: Project, box: Mailbox) -> None:
    """A dry run counts what a run would do, and leaves the database byte by byte."""
    project.subscribe(ADA)
    before = files(project.folder)
    report = project.app.dry_run()
    assert ({"planned": 1}, 3) == (report.status, report.shown)
    assert ([], before) == (box.mails, files(project.folder))


def test_a_dry_run_counts_as_the_run_does(project: Project) -> None:
    """What a dry run says of entries, the run after it says too."""
    project.papers(*range(1, 9))
    project.subscribe(ADA, settings="limit = 3")
    dry, real = project.app.dry_run(), project.app.run()
    assert (dry.candidates, dry.left_out) == (real.candidates, real.left_out)


def test_the_date_of_a_mail_is_the_editions(project: Project, box: Mailbox) -> None:
    """A mail is dated by its edition's time, not by the clock."""
    project.subscribe(ADA, settings='send_at = "07:30"')
    project.app.run()
    expected = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    assert [expected] == [mail.parsed["Date"].datetime for mail in box.mails]


@pytest.mark.parametrize("after", [False, True], ids=["before the run", "after the run"])
def test_the_preview_is_what_is_sent(project: Project, box: Mailbox, *, after: bool) -> None:
    """The preview's bytes are the very bytes the server receives."""
    project.base_url = "https://digest.example.org"
    project.subscribe(ADA, settings='name = "Äda"')
    project.app.pull()
    app = project.app
    previews = [reading.preview(app, ADA, (), None)[0].content]
    app.run()
    previews.append(reading.preview(app, ADA, (), None)[0].content)
    assert [previews[after]] == [mail.content for mail in box.mails]


def test_the_mail_has_each_header_once(project: Project, box: Mailbox) -> None:
    """A mail bears its date, id, list and way out, and says that a program sent it."""
    project.subscribe(ADA)
    project.app.run()
    mail = box.mails[0].parsed
    wanted = "From To Subject Date Message-ID List-Id List-Unsubscribe Auto-Submitted".split()
    names = Counter(name for name in mail if name in wanted)
    assert dict.fromkeys(wanted, 1) == names
    assert (
        "auto-generated",
        '"Papers" <digest.example.org>',
    ) == (mail["Auto-Submitted"], mail["List-Id"])


def test_the_way_out_names_the_address(project: Project, box: Mailbox) -> None:
    """List-Unsubscribe is a mail to the sender that names the subscriber."""
    project.subscribe(ADA)
    project.app.run()
    way = "<mailto:digest@example.org?subject=unsubscribe%20ada%40example.org>"
    assert way == box.mails[0].parsed["List-Unsubscribe"]


def test_with_a_page_the_link_comes_first(project: Project, box: Mailbox) -> None:
    """With base_url a signed https link stands before the mailto, and takes a POST."""
    project.base_url = "https://digest.example.org/papers"
    project.subscribe(ADA)
    project.app.run()
    links = project.app.links()
    assert links is not None
    page = links.unsubscribe(subscriber_id(ADA))
    mail = box.mails[0].parsed
    way = f"<{page}>, <mailto:digest@example.org?subject=unsubscribe%20ada%40example.org>"
    assert (way, "List-Unsubscribe=One-Click") == (
        mail["List-Unsubscribe"],
        mail["List-Unsubscribe-Post"],
    )
    assert f"List-Unsubscribe: <{page}>,\r\n <mailto:".encode() in box.mails[0].content


def test_with_a_page_both_parts_link_to_it(project: Project, box: Mailbox) -> None:
    """The link of the header stands in the text and in the HTML, whole."""
    project.base_url = "https://digest.example.org"
    project.subscribe(ADA)
    project.app.run()
    mail = box.mails[0].parsed
    page = mail["List-Unsubscribe"].partition(">")[0].removeprefix("<")
    text, html = (part.get_content() for part in mail.iter_parts())
    assert (True, 1) == (page in text.splitlines(), html.count(f'href="{page}"'))


@pytest.mark.parametrize("base_url", ["", "http://127.0.0.1:8080"])
def test_without_https_there_is_no_one_click(project: Project, box: Mailbox, base_url: str) -> None:
    """List-Unsubscribe-Post is for https alone (RFC 8058 section 3.1)."""
    project.base_url = base_url
    project.subscribe(ADA)
    project.app.run()
    assert (False, True) == (
        "List-Unsubscribe-Post" in box.mails[0].parsed,
        "mailto:" in box.mails[0].parsed["List-Unsubscribe"],
    )


@pytest.mark.parametrize("title", ["Graphs", "Graphs <b>&amp;</b> “trees” é 図 😀", "Graph " * 60])
def test_the_mail_is_without_defects(project: Project, box: Mailbox, title: str) -> None:
    """A mail parses without defects: text first, then HTML, lines with CRLF and not too long."""
    (project.folder / "papers.json").write_bytes(feed_of(item(1, title)))
    project.subscribe(ADA, settings='name = "Ada “die Erste” Löwe, Dr."')
    project.app.run()
    (mail,) = box.mails
    parts = list(mail.parsed.walk())
    kinds = ["multipart/alternative", "text/plain", "text/html"]
    assert kinds == [part.get_content_type() for part in parts]
    assert [[], [], []] == [part.defects for part in parts]
    assert [()] * len(mail.parsed) == [value.defects for value in mail.parsed.values()]
    assert 0 == mail.content.replace(b"\r\n", b"").count(b"\n")
    assert max(map(len, mail.content.split(b"\r\n"))) <= 998


def test_both_parts_show_the_entries(project: Project, box: Mailbox) -> None:
    """Text and HTML both name every entry that is shown, with its link."""
    project.subscribe(ADA)
    project.app.run()
    texts = [part.get_content() for part in list(box.mails[0].parsed.walk())[1:]]
    wanted = [(f"Graph networks, part {n}", f"https://arxiv.org/abs/2601.0000{n}") for n in (1, 2)]
    assert all(title in text and link in text for text in texts for title, link in wanted)


@pytest.mark.parametrize(
    ("content", "state"), [(None, "unreachable"), (b"<html>no</html>", "malformed")]
)
def test_a_broken_source_is_named_and_the_rest_served(
    project: Project, box: Mailbox, content: bytes | None, state: str
) -> None:
    """With one source broken the run serves from the others and fails by name."""
    project.sources = TWO
    if content is not None:
        (project.folder / "bad.json").write_bytes(content)
    project.subscribe(ADA)
    report = project.app.run()
    found = [(source.source, source.state, source.failed) for source in report.sources]
    assert [("Good", "new", False), ("Bad", state, True)] == found
    assert (True, 3, [ADA]) == (report.failed, report.shown, box.recipients)


def test_the_mail_names_a_broken_source(project: Project, box: Mailbox) -> None:
    """A reader sees which source could not be read."""
    project.sources = TWO
    project.subscribe(ADA)
    project.app.run()
    texts = [part.get_content() for part in list(box.mails[0].parsed.walk())[1:]]
    assert [True, True] == ["Bad could not be read" in text for text in texts]


def test_a_malformed_listing_keeps_what_was_stored(project: Project) -> None:
    """A listing that breaks takes nothing away of what it gave before."""
    project.app.pull()
    (project.folder / "papers.json").write_bytes(b"<html>Sorry</html>")
    project.subscribe(ADA)
    report = project.app.run()
    assert (["malformed"], 3) == ([s.state for s in report.sources], report.shown)


def test_a_source_that_recovers_is_read(project: Project) -> None:
    """After a failure the next run reads the source, and forgets the failure."""
    good = (project.folder / "papers.json").read_bytes()
    (project.folder / "papers.json").write_bytes(b"{")
    project.app.pull()
    (project.folder / "papers.json").write_bytes(good)
    project.app.pull()
    assert [("new", 0)] == [(row["state"], row["failures"]) for row in project.rows("sources")]
