"""Who is looked at: those whose time may have come, and whoever anything changed for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest import plan, subscriptions, timetable
from digest.model import Suppression
from integration.conftest import Cli, Project
from integration.servers import Mailbox

ADA, BOB = "ada@example.org", "bob@example.org"
EVENING = datetime(2026, 3, 2, 23, tzinfo=UTC)


def looked_at(project: Project) -> list[str]:
    """Name who would be looked at now."""
    with project.app.store() as store:
        pages = store.waiting.due(project.clock())
        return [email for page in pages for people in page.values() for _, email in people]


def is_quiet(project: Project) -> bool:
    """Whether there is nothing to do now."""
    with project.app.store() as store:
        return timetable.quiet(store, project.clock(), uncertain=True)


def dates(project: Project) -> list[str]:
    """Give the dates of the editions there are."""
    return sorted(row["date"] for row in project.rows("editions"))


def test_nobody_is_looked_at_twice_a_day(project: Project) -> None:
    """Once an edition is planned and seen to be, its subscriber waits for the next."""
    project.subscribe(ADA, BOB)
    counts = []
    for _ in range(3):
        counts.append((len(looked_at(project)), is_quiet(project)))
        project.app.run()
    project.tomorrow()
    counts.append((len(looked_at(project)), is_quiet(project)))
    assert [(2, False), (2, False), (0, True), (2, False)] == counts


@pytest.mark.parametrize(
    "settings", ['send_at = "01:00"', 'timezone = "Asia/Tokyo"', 'days = ["mon"]']
)
def test_whoever_changes_is_looked_at(project: Project, settings: str) -> None:
    """Another time, zone or day of one subscriber has just that one looked at."""
    project.subscribe(ADA, BOB)
    for _ in range(2):
        project.app.run()
    project.subscribe(ADA, settings=settings)
    assert [ADA] == looked_at(project)


def test_a_delivery_that_is_due_is_not_quiet(project: Project, box: Mailbox) -> None:
    """A deferred delivery counts from its next attempt on."""
    box.tell("RCPT", ADA, "450 later")
    project.subscribe(ADA)
    for _ in range(2):
        project.app.run()
    quiet = [is_quiet(project)]
    project.clock.at += timedelta(hours=1)
    quiet.append(is_quiet(project))
    assert [True, False] == quiet


def test_who_is_lifted_is_mailed_the_same_day(project: Project, box: Mailbox) -> None:
    """An address whose suppression is lifted after its time gets that day's edition."""
    project.subscribe(ADA)
    with project.app.store() as store:
        store.subscribers.suppress(Suppression(email=ADA, reason="550", since=EVENING))
    for _ in range(2):
        project.app.run()
    before = list(box.recipients)
    with project.app.store() as store:
        subscriptions.lift(store, ADA)
    project.app.run()
    assert ([], [ADA]) == (before, box.recipients)


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(2, ["2026-03-02"]), (8, ["2026-03-02"]), (14, []), (25, ["2026-03-03"])],
)
def test_a_machine_that_slept_makes_up_for_it(
    project: Project, hours: int, expected: list[str]
) -> None:
    """An edition whose time passed in a sleep is made under its own date, for twelve hours."""
    project.clock.at = EVENING
    project.subscribe(ADA, settings='send_at = "23:30"')
    project.app.run()
    project.clock.at = EVENING + timedelta(hours=hours)
    for _ in range(2):
        project.app.run()
    assert expected == dates(project)


def test_who_subscribes_gets_no_edition_of_yesterday(project: Project) -> None:
    """Before their first time has come nothing is sent, however near the last one was."""
    project.clock.at = EVENING + timedelta(hours=2)
    project.subscribe(ADA, settings='send_at = "23:30"')
    project.app.run()
    assert [] == dates(project)


def test_a_clock_that_was_ahead_loses_no_edition(project: Project) -> None:
    """Two days ahead by mistake while the time passes, and put right: the edition is made."""
    project.clock.at = EVENING
    project.subscribe(ADA, settings='send_at = "23:30"')
    for hours in (0, 48, 2, 25):
        project.clock.at = EVENING + timedelta(hours=hours)
        project.app.run()
    assert ["2026-03-02", "2026-03-03"] == dates(project)


def test_a_change_while_one_looks_is_kept(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who chooses an earlier time just while the old one is looked at waits for the new one."""
    project.subscribe(ADA, settings='send_at = "20:00"')
    looking = plan.next_slot

    def next_slot(*of: object) -> datetime | None:
        project.subscribe(ADA, settings='send_at = "13:00"')
        return looking(*of)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(plan, "next_slot", next_slot)
    with project.app.store() as store:
        assert [] == timetable.due(store, project.clock())
    monkeypatch.undo()
    project.clock.at += timedelta(hours=1)
    assert [ADA] == looked_at(project)


def test_a_dry_run_keeps_nobody_from_being_looked_at(cli: Cli) -> None:
    """Who would be looked at before a dry run is after it."""
    cli.project.subscribe(ADA)
    before = looked_at(cli.project)
    assert (0, [ADA]) == (cli("run", "--dry-run").exit_code, before)
    assert before == looked_at(cli.project)
