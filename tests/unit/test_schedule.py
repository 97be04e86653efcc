"""digest.schedule: spans and cron lines, and a clock that is set."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from digest.schedule import Clock, trigger

AT = datetime(2026, 3, 2, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "seconds"),
    [("every 30s", 30), ("every 30m", 1800), ("every 2h", 7200), ("every 1d", 86_400)],
)
def test_a_span_is_a_schedule(schedule: str, seconds: int) -> None:
    """After a job's time the next comes one span later."""
    assert AT + timedelta(seconds=seconds) == trigger(schedule).get_next_fire_time(AT, AT)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("15 */2 * * *", (2, 12, 15)),
        ("0 13 * * *", (2, 13, 0)),
        ("5 12 * * *", (3, 12, 5)),
        ("0 0 4 * *", (4, 0, 0)),
    ],
)
def test_a_cron_line_is_a_schedule(line: str, expected: tuple[int, int, int]) -> None:
    """A cron line comes at its minute, hour and day of the month, in local time."""
    at = AT.astimezone().replace(day=2, hour=12, minute=10)
    found = trigger(line).get_next_fire_time(None, at)
    assert expected == (found.day, found.hour, found.minute)


@pytest.mark.parametrize("schedule", ["61 * * * *", "now and then", "* * *"])
def test_what_is_no_schedule_is_refused(schedule: str) -> None:
    """A line that is neither is refused."""
    with pytest.raises(ValueError, match=r"."):
        trigger(schedule)


@pytest.mark.parametrize(
    ("field", "expected"),
    [("1", "mon"), ("0", "sun"), ("7", "sun"), ("1-5", "mon,tue,wed,thu,fri"), ("mon", "mon")],
)
def test_weekdays_of_a_cron_line_are_crons(field: str, expected: str) -> None:
    """Numbers of weekdays mean what they mean to cron, where 0 and 7 are Sunday."""
    assert expected == str(trigger(f"0 9 * * {field}").fields[4])


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Have a clock that runs."""
    started = Clock()
    started.start()
    yield started
    started.stop()


def test_a_job_runs_at_once(clock: Clock) -> None:
    """A job runs when it is set, though its schedule is far, and again when asked for."""
    runs = threading.Semaphore(0)
    clock.set("job", "every 7d", runs.release)
    assert runs.acquire(timeout=30)
    clock.at_once("job")
    assert runs.acquire(timeout=30)


def test_a_job_that_is_dropped_is_not_due(clock: Clock) -> None:
    """What was dropped is no longer named; dropping it twice is no fault."""
    clock.set("one", "every 7d", lambda: None)
    clock.set("two", "every 7d", lambda: None)
    clock.drop("one")
    clock.drop("one")
    assert ["two"] == list(clock.due(AT))


def test_a_job_whose_time_has_passed_is_due(clock: Clock) -> None:
    """A job is due from its next time on."""
    done = threading.Event()
    clock.set("job", "every 1d", done.set)
    assert done.wait(30)
    now = datetime.now(UTC)
    days = [clock.due(now + timedelta(days=ahead))["job"] for ahead in (0, 2)]
    assert [False, True] == days
