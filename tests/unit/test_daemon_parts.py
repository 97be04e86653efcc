"""digest.daemon: whether work moves, what systemd is told, and what a clock that is set does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import AF_UNIX, SOCK_DGRAM, socket

import pytest

from digest import config
from digest.app import App
from digest.daemon import Daemon
from digest.daemon.monitor import health
from digest.daemon.pulse import OVERDUE, STALL, Pulse
from digest.daemon.supervisor import Supervisor, supervisor
from digest.schedule import Clock

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
HERE = {"NOTIFY_SOCKET": "@x"}


class Hands:
    """A clock whose hands are moved: monotonic seconds, and the time of day."""

    def __init__(self) -> None:
        """Begin at noon."""
        self.seconds, self.at = 1000.0, AT

    def go(self, seconds: float) -> None:
        """Let time go by."""
        self.seconds += seconds
        self.at += timedelta(seconds=seconds)

    def monotonic(self) -> float:
        """Give seconds that no setting changes, and that stand still in a sleep."""
        return self.seconds

    def now(self) -> datetime:
        """Give the time of day."""
        return self.at


@pytest.fixture
def hands() -> Hands:
    """Have a clock."""
    return Hands()


@pytest.fixture
def pulse(hands: Hands) -> Pulse:
    """Have a pulse by that clock."""
    return Pulse(clock=hands.monotonic)


def test_a_job_that_shows_life_is_not_stuck(pulse: Pulse, hands: Hands) -> None:
    """A job may take hours, as long as it shows life; silent for long it is stuck."""
    pulse.begin("send")
    for _ in range(20):
        hands.go(STALL - 1)
        pulse.moved("send")
    assert [] == pulse.stuck()
    hands.go(STALL + 1)
    assert [f"send has not moved for {STALL + 1:.0f} s"] == pulse.stuck()


def test_a_job_that_does_not_begin_is_overdue(pulse: Pulse, hands: Hands) -> None:
    """A job whose time has passed is overdue after a while, and no longer once it begins."""
    for _ in range(2):
        pulse.look({"pull": True})
        assert [] == pulse.stuck()
        hands.go(OVERDUE / 2)
    hands.go(1)
    assert [f"pull is overdue for {OVERDUE + 1:.0f} s"] == pulse.faults()
    pulse.begin("pull")
    assert [] == pulse.faults()


def test_a_sleep_makes_nothing_overdue(pulse: Pulse, hands: Hands) -> None:
    """Eight hours of sleep are none to the clock that overdue jobs are measured by."""
    pulse.look({"pull": True})
    hands.at += timedelta(hours=8)
    assert [] == pulse.faults()


def test_a_failed_run_is_a_fault_until_one_goes_well(pulse: Pulse, hands: Hands) -> None:
    """What failed is named by /healthz until it works, and counted."""
    said = []
    for trouble in ("the server is down", ""):
        pulse.begin("send")
        hands.go(2)
        pulse.end("send", trouble, hands.at)
        said.append(health(pulse)["faults"])
    job = pulse.jobs["send"]
    assert [["send failed: the server is down"], []] == said
    assert (2, 1, 4.0) == (job.runs, job.failures, job.seconds)


def test_a_job_of_one_time_is_forgotten(pulse: Pulse) -> None:
    """A reload that has ended is named no longer; what is scheduled stays."""
    for name in ("reload", "send"):
        pulse.begin(name)
        pulse.end(name, "wrong", AT)
    pulse.look({"send": False})
    assert ["send"] == list(pulse.jobs)


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, Supervisor()),
        ({"NOTIFY_SOCKET": "/run/x"}, Supervisor(address="/run/x")),
        (HERE | {"WATCHDOG_USEC": "2500000"}, Supervisor(address="@x", watchdog=2.5)),
        (HERE | {"WATCHDOG_USEC": "1", "WATCHDOG_PID": "1"}, Supervisor(address="@x")),
        (HERE | {"WATCHDOG_USEC": "soon"}, Supervisor(address="@x")),
        ({"NOTIFY_SOCKET": "vsock:2:1", "WATCHDOG_USEC": "1"}, Supervisor()),
        ({"WATCHDOG_USEC": "1000000"}, Supervisor()),
    ],
)
def test_what_systemd_asks_for(environ: dict[str, str], expected: Supervisor) -> None:
    """The socket and the watchdog are read as sd_notify(3) and sd_watchdog_enabled(3) say."""
    assert expected == supervisor(environ)


def test_a_socket_of_the_abstract_kind_is_told() -> None:
    """An address that begins with @ is one without a file."""
    with socket(AF_UNIX, SOCK_DGRAM) as listening:
        listening.bind("\0digest-tests-notify")
        Supervisor(address="@digest-tests-notify").stopping()
        assert b"STOPPING=1\nSTATUS=stopping" == listening.recv(100)


def test_nobody_listening_is_no_fault(tmp_path: Path) -> None:
    """A socket that is gone, or none at all, is passed over."""
    for address in (str(tmp_path / "gone"), ""):
        Supervisor(address=address, watchdog=1).moves()


class Told(Clock):
    """A clock that keeps what it is told and runs nothing."""

    def __init__(self) -> None:
        """Be told nothing yet."""
        self.heard: list[str] = []

    def again(self) -> None:
        """Hear it."""
        self.heard.append("again")

    def at_once(self, name: str) -> None:
        """Hear it."""
        self.heard.append(f"{name} at once")

    def wake(self) -> None:
        """Hear it."""
        self.heard.append("wake")

    def due(self, now: datetime) -> dict[str, bool]:
        """Give nothing."""
        del now
        return {}


def fed(heard: list[str]) -> Callable[[Supervisor], None]:
    """Make what takes the place of feeding the watchdog."""
    return lambda supervisor: heard.append(f"fed {supervisor.address}")


@pytest.fixture
def told() -> Told:
    """Have a clock to tell."""
    return Told()


@pytest.fixture
def serving(hands: Hands, pulse: Pulse, told: Told) -> Daemon:
    """Have a daemon that is not started."""
    app = replace(App(config=config.default()), now=hands.now)
    nobody = Supervisor()
    return Daemon(app=app, supervisor=nobody, clock=told, pulse=pulse, monotonic=hands.monotonic)


def test_a_beat_wakes_the_scheduler(serving: Daemon, hands: Hands, told: Told) -> None:
    """While time goes by as it should, nothing is reckoned anew."""
    for _ in range(100):
        hands.go(5.1)
        serving.beat()
    assert ["wake"] * 100 == told.heard


@pytest.mark.parametrize("hours", [8, -1, -24 * 400, 24 * 9])
def test_after_a_sleep_and_when_the_clock_is_set_all_is_reckoned_anew(
    serving: Daemon, hands: Hands, told: Told, hours: int
) -> None:
    """Jobs are scheduled anew, once, and sources are pulled before anything is sent."""
    hands.at += timedelta(hours=hours)
    serving.beat()
    hands.go(5)
    serving.beat()
    assert ["again", "pull at once", "wake", "wake"] == told.heard


def test_the_watchdog_is_fed_only_while_work_moves(
    serving: Daemon, hands: Hands, pulse: Pulse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that has not moved for long ends the feeding, and goes on with it."""
    heard: list[str] = []
    monkeypatch.setattr(Supervisor, "moves", fed(heard))
    pulse.begin("send")
    counts = []
    for seconds, moves in ((1, True), (STALL + 1, False), (1, True)):
        hands.go(seconds)
        if moves:
            pulse.moved("send")
        serving.beat()
        counts.append(len(heard))
    assert [1, 1, 2] == counts
