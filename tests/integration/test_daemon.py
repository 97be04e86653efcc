"""The daemon as a process, and the schedules it takes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import digest
from digest.schedule import serve, trigger
from integration.conftest import Project
from integration.servers import Mailbox

PACKAGE = str(Path(digest.__file__).parent.parent)


@pytest.fixture
def daemon(project: Project) -> Iterator[subprocess.Popen[str]]:
    """Run the daemon for a subscriber who is due, with papers pulled before."""
    project.clock.at = datetime.now(UTC)
    project.app.pull()
    project.subscribe("ada@example.org", settings='timezone = "UTC"')
    with subprocess.Popen(
        [sys.executable, "-m", "digest", "--config", str(project.config), "daemon"],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": PACKAGE},
    ) as process:
        yield process
        process.kill()


def wait_for_mail(box: Mailbox, seconds: float) -> list[str]:
    """Wait until a mail has come; gives the recipients."""
    end = time.monotonic() + seconds
    while not box.mails and time.monotonic() < end:
        time.sleep(0.1)
    return box.recipients


def test_the_daemon_sends_and_stops(daemon: subprocess.Popen[str], box: Mailbox) -> None:
    """A due mail arrives within 20 s; on SIGTERM the daemon ends with 0 within 10 s."""
    assert ["ada@example.org"] == wait_for_mail(box, 20)
    daemon.send_signal(signal.SIGTERM)
    _, said = daemon.communicate(timeout=10)
    words = ("ada@example.org", "stopping on SIGTERM", "stopped", "Traceback")
    assert (0, [True, True, True, False]) == (daemon.returncode, [word in said for word in words])


AT = datetime(2026, 3, 2, 12, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "seconds"), [("every 30m", 1800), ("every 2h", 7200), ("every 1d", 86_400)]
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


def test_the_first_send_waits_for_the_first_pull() -> None:
    """The daemon sends nothing before it has pulled once."""
    done: list[str] = []
    stopping = threading.Event()

    def send() -> None:
        done.append("send")
        stopping.set()

    def pull() -> None:
        time.sleep(0.3)
        done.append("pull")

    serve(pull, send, "every 30m", stopping)
    assert ["pull", "send"] == done
