"""Whole passes from a listing on disk to a mail server: who gets what, once, and what if not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from digest import subscriptions
from digest.model import Delivery, SendResult
from integration.conftest import NOON, Project
from integration.servers import DROP, Mailbox, scripted

ADA, BOB, CY = "ada@example.org", "bob@example.org", "cy@example.org"
GREY = "451 4.7.1 greylisted, try again in 1 seconds"


def statuses(project: Project) -> dict[str, str]:
    """Give the status of each address's newest delivery."""
    return {row.email: str(row.status) for row in reversed(project.outbox())}


def test_everybody_is_served(project: Project, box: Mailbox) -> None:
    """A run sends one mail to each subscriber, and says so."""
    project.subscribe(ADA, BOB)
    report = project.app.run()
    assert (2, {"sent": 2}, False) == (report.editions, report.status, report.failed)
    assert [ADA, BOB] == sorted(box.recipients)


def test_a_second_run_sends_nothing(project: Project, box: Mailbox) -> None:
    """A run that is repeated finds nothing to do."""
    project.subscribe(ADA, BOB)
    project.app.run()
    again = project.app.run()
    assert (0, {}, 2) == (again.editions, again.status, len(box.mails))


def test_a_second_run_for_a_date_sends_nothing(project: Project, box: Mailbox) -> None:
    """An edition that was sent is not sent again by asking for its date."""
    project.subscribe(ADA)
    project.app.run()
    again = project.app.run(day=NOON.date())
    assert (0, 1) == (again.editions, len(box.mails))


def test_each_outcome_is_told(project: Project, box: Mailbox) -> None:
    """A caller hears of each delivery's outcome as it comes."""
    project.subscribe(ADA, BOB)
    box.tell("RCPT", BOB, "550 5.7.1 no")
    heard: dict[str, SendResult] = {}

    def told(delivery: Delivery, result: SendResult) -> None:
        heard[delivery.email] = result

    project.app.run(told=told)
    assert {ADA: "sent", BOB: "failed"} == {who: str(said.status) for who, said in heard.items()}


@pytest.mark.parametrize("stage", ["RCPT", "DATA"])
def test_a_refused_recipient_does_not_stop_the_others(
    project: Project, box: Mailbox, stage: str
) -> None:
    """One 5xx is one recipient's; the others are served, and the report says that one failed."""
    project.subscribe(ADA, BOB, CY)
    box.tell(stage, BOB, "550 5.7.1 policy")
    report = project.app.run()
    assert ({"failed": 1, "sent": 2}, True) == (report.status, report.failed)
    assert [ADA, CY] == sorted(box.recipients)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("550 5.1.1 no such user", {BOB: "550 5.1.1 no such user"}),
        ("550 5.1.10 null MX", {BOB: "550 5.1.10 null MX"}),
        ("550 5.7.1 policy", {}),
        ("550 5.1.8 bad sender", {}),
        ("552 5.2.2 mailbox full", {}),
    ],
)
def test_an_address_that_does_not_exist_is_suppressed(
    project: Project, box: Mailbox, reply: str, expected: dict[str, str]
) -> None:
    """A refusal of the address itself suppresses it; one of another kind does not."""
    project.subscribe(BOB)
    box.tell("RCPT", BOB, reply)
    project.app.run()
    assert expected == {row["email"]: row["reason"] for row in project.rows("suppressions")}


def test_a_suppressed_address_gets_no_edition(project: Project, box: Mailbox) -> None:
    """After 5.1.1 nothing is planned for the address on the next day."""
    project.subscribe(ADA, BOB)
    box.tell("RCPT", BOB, "550 5.1.1 no such user")
    project.app.run()
    project.tomorrow()
    project.papers(4)
    assert ({"sent": 1}, [ADA, ADA]) == (project.app.run().status, box.recipients)


def test_a_greylisted_recipient_is_retried_within_the_run(project: Project, box: Mailbox) -> None:
    """A 451 is retried while the run lingers, no sooner than asked, with the same Message-ID."""
    project.smtp = "linger = 1\nretry = 1"
    project.subscribe(ADA)
    box.tell("RCPT", ADA, GREY)
    report = project.app.run()
    (row,) = project.outbox()
    assert ({"sent": 1}, 2) == (report.status, row.attempts)
    assert [row.message_id] == [mail.parsed["Message-ID"] for mail in box.mails]
    assert 1 <= sum(project.clock.slept) < 2


def test_without_lingering_a_greylisted_recipient_waits(project: Project, box: Mailbox) -> None:
    """A 451 stays deferred until a run after its time."""
    project.subscribe(ADA)
    box.tell("RCPT", ADA, GREY)
    reports = [project.app.run(), project.app.run()]
    project.clock.at += timedelta(minutes=2)
    reports.append(project.app.run())
    assert [{"deferred": 1}, {}, {"sent": 1}] == [report.status for report in reports]
    assert [ADA] == box.recipients


def test_retries_end_at_the_deadline(project: Project, box: Mailbox) -> None:
    """A recipient that is deferred beyond the deadline fails."""
    project.smtp = "linger = 600\nretry = 600\ndeadline = 1"
    project.subscribe(ADA)
    box.tell("RCPT", ADA, *[GREY] * 20)
    report = project.app.run()
    assert ({"failed": 1}, []) == (report.status, box.mails)


def test_a_wait_beyond_the_deadline_ends_with_a_last_attempt(
    project: Project, box: Mailbox
) -> None:
    """Who is to be asked again in two hours, with one left, is asked once more at its end."""
    project.smtp = "linger = 600\nretry = 600\ndeadline = 1"
    project.subscribe(ADA)
    box.tell("RCPT", ADA, *["451 4.7.1 try again in 2 hours"] * 20)
    project.app.run()
    (row,) = project.outbox()
    given_up = "given up after 1:00:00: 451 4.7.1 try again in 2 hours"
    assert ("failed", 2, given_up) == (row.status, row.attempts, row.response)
    assert 3500 < sum(project.clock.slept) < 3700


def test_an_uncertain_one_is_retried_with_the_same_message_id(
    project: Project, box: Mailbox
) -> None:
    """A mail whose answer was lost goes again on the next run under the same Message-ID."""
    project.subscribe(ADA)
    port = project.port
    with scripted({".": DROP}) as there:
        project.port = there.port
        first = project.app.run()
    project.port = port
    project.clock.at += timedelta(hours=1)
    second = project.app.run()
    assert ({"uncertain": 1}, {"sent": 1}) == (first.status, second.status)
    assert [m.parsed["Message-ID"] for m in box.mails] == [project.outbox()[0].message_id]


def test_an_uncertain_one_is_held_if_so_configured(project: Project, box: Mailbox) -> None:
    """With on_uncertain = "hold" nothing is sent again by itself."""
    project.smtp = 'linger = 600\non_uncertain = "hold"'
    project.subscribe(ADA)
    port = project.port
    with scripted({".": DROP}) as there:
        project.port = there.port
        project.app.run()
    project.port = port
    project.clock.at += timedelta(hours=1)
    project.app.run()
    assert ({ADA: "uncertain"}, []) == (statuses(project), box.mails)


def test_what_a_killed_run_left_is_sent_again(project: Project, box: Mailbox) -> None:
    """A delivery left submitting by a kill becomes uncertain and is sent."""
    project.subscribe(ADA)
    with scripted({"RCPT": "450 4.2.1 busy"}) as there:
        replace(project, port=there.port).app.run()
    (row,) = project.outbox()
    with project.app.store() as store, store.transaction():
        store.outbox.mark([], [row], project.clock.at)
    assert ({"sent": 1}, [ADA]) == (project.app.run().status, box.recipients)


def test_a_server_that_is_not_there_leaves_all_planned(project: Project, box: Mailbox) -> None:
    """With no server nothing is lost: the trouble is named, and the next run sends."""
    project.subscribe(ADA)
    first = replace(project, port=1).app.run()
    second = project.app.run()
    assert ({"planned": 1}, True) == (first.status, "connection refused" in first.trouble)
    assert ({"sent": 1}, [ADA]) == (second.status, box.recipients)


def test_unsubscribed_after_planning_is_not_mailed(project: Project, box: Mailbox) -> None:
    """Who says stop between planning and sending gets nothing."""
    project.subscribe(ADA, BOB)
    replace(project, port=1).app.run()
    with project.app.store() as store:
        subscriptions.stop(store, ADA, project.clock())
    project.app.run()
    assert {ADA: "suppressed", BOB: "sent"} == statuses(project)
    assert [BOB] == box.recipients
