"""The daemon as a process: what it sends, and how it answers signals, systemd and its siblings."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from integration.conftest import Project
from integration.processes import Process, daemon, systemd, until
from integration.servers import STALL, Mailbox, able, scripted

ADA, BOB = "ada@example.org", "bob@example.org"


@pytest.fixture(autouse=True)
def ready(project: Project) -> Project:
    """Have the true time, and Ada subscribed, who is due from midnight."""
    project.clock.at = datetime.now(UTC)
    project.subscribe(ADA)
    return project


@pytest.fixture
def running(project: Project, box: Mailbox) -> Iterator[Process]:
    """Run a daemon that has sent Ada's mail."""
    with daemon(project) as process:
        process.says(f"{ADA} {project.clock.at.date()}: sent")
        assert [ADA] == box.recipients
        yield process


def test_the_daemon_sends_and_stops(running: Process) -> None:
    """What is due is sent; on SIGTERM the daemon says so and ends with 0."""
    assert 0 == running.stop()
    words = ("stopping on SIGTERM", "stopped", "Traceback", "owes")
    assert [True, True, False, False] == [word in running.said for word in words]


def test_a_second_daemon_says_who_serves(running: Process, project: Project) -> None:
    """A second daemon on the database ends with 1, and names the first: process, host, since."""
    with daemon(project) as second:
        assert 1 == second.ended()
    said = second.said
    assert said.startswith(f"digest daemon (process {running.pid} on ")
    assert f"serves {project.database}; one daemon is enough" in said


def test_a_run_beside_a_daemon_that_sends_says_who_sends(project: Project) -> None:
    """While the daemon waits for a server, a run ends with 1 and names it; nothing goes twice."""
    from integration.conftest import Cli

    with scripted({"MAIL": STALL}) as server:
        project.port = server.port
        with daemon(project) as process:
            until(lambda: any(line.startswith("MAIL") for line in server.heard), "MAIL")
            ran = Cli(project)("run")
            told = f"digest daemon (process {process.pid} on "
            assert (1, True) == (ran.exit_code, ran.stderr.startswith(told))
            assert "is sending from" in ran.stderr
    assert 1 == sum(line.startswith("MAIL") for line in server.heard)


def test_a_stalled_answer_is_named(project: Project) -> None:
    """Stopped while the server owes the answer to a text, the daemon names the mail and ends."""
    with scripted({".": STALL}) as server:
        project.port = server.port
        with daemon(project) as process:
            until(lambda: bool(server.mails), "the text has left")
            assert 0 == process.stop()
    day = project.clock.at.date()
    assert f"the mail server still owes an answer for {ADA} ({day})" in process.said
    assert ["uncertain"] == [str(row.status) for row in project.outbox()]


def test_what_has_not_left_stays_planned(project: Project) -> None:
    """Stopped before a text has left, the daemon leaves nothing uncertain."""
    with scripted({"RCPT": STALL}) as server:
        project.port = server.port
        with daemon(project) as process:
            until(lambda: any(line.startswith("RCPT") for line in server.heard), "RCPT")
            assert 0 == process.stop()
    assert "owes" not in process.said
    assert {"planned", "deferred"} >= {str(row.status) for row in project.outbox()}


def test_a_pull_that_hangs_is_left(project: Project, web: object) -> None:
    """Stopped during a pull that gets no answer, the daemon says what it leaves, and ends."""
    from integration.servers import Page, Web

    assert isinstance(web, Web)
    web.pages["/feed"] = Page(hangs=True)
    project.http = "timeout = 600\nallow_private_networks = true"
    project.sources.append(f'kind = "feed"\nurl = "{web.url("/feed")}"')
    with daemon(project) as process:
        until(lambda: bool(web.seen), "the source was asked")
        assert 0 == process.stop()
    assert "left unfinished: pull" in process.said


def test_systemd_hears_how_it_stands(project: Project) -> None:
    """The daemon tells readiness, life, reloading and its end over the socket of systemd."""
    with systemd(project.folder) as (address, heard):
        environ = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "1000000"}
        with daemon(project, environ=environ) as process:
            until(lambda: "WATCHDOG=1" in heard, "WATCHDOG=1")
            process.signal(signal.SIGHUP)
            until(lambda: "READY=1\nSTATUS=reloaded" in heard, "reloaded")
            process.stop()
            until(lambda: any("STOPPING=1" in message for message in heard), "STOPPING=1")
    told = [message.split("\n")[0] for message in heard if message != "WATCHDOG=1"]
    assert ["READY=1", "RELOADING=1", "READY=1", "STOPPING=1"] == told


def test_a_reload_takes_over_configuration_and_profiles(
    running: Process, project: Project, box: Mailbox
) -> None:
    """On SIGHUP a new profile is applied and mailed, under the new title."""
    project.profile(BOB)
    project.digest = 'accent = "#123456"'
    _ = project.config
    running.signal(signal.SIGHUP)
    running.says(f"{BOB} {project.clock.at.date()}: sent")
    assert f"{BOB}: subscribed (Graphs)" in running.said
    assert ["#123456" in mail.content.decode() for mail in box.mails] == [False, True]


def test_a_wrong_configuration_is_not_taken_over(running: Process, project: Project) -> None:
    """On SIGHUP a mistake is told by file and line, and nothing taken over until it is right."""
    good = project.config.read_text(encoding="utf-8")
    project.profile(BOB)
    wrong = good.replace('title = "Papers"', 'titel = "Papers"')
    (project.folder / "config.toml").write_text(wrong, encoding="utf-8")
    running.signal(signal.SIGHUP)
    running.says("not reloaded: the old configuration stays")
    assert f"{project.folder / 'config.toml'}:2: digest.titel" in running.said
    assert f"{BOB}: subscribed" not in running.said
    (project.folder / "config.toml").write_text(good, encoding="utf-8")
    running.signal(signal.SIGHUP)
    running.says(f"{BOB} {project.clock.at.date()}: sent")


def test_a_wrong_profile_keeps_what_it_was(running: Process, project: Project) -> None:
    """On SIGHUP a profile with a mistake is told by file and line and stays; others are applied."""
    wrong = project.profile(ADA, settings="limt = 3")
    project.profile(BOB)
    running.signal(signal.SIGHUP)
    running.says("reloaded")
    assert f"{wrong}:3: limt" in running.said
    assert f"{BOB}: subscribed (Graphs)" in running.said
    with project.app.store() as store:
        emails = [row.subscriber.email for row in store.subscribers.all()]
    assert [ADA, BOB] == emails


def test_another_database_wants_a_restart(running: Process, project: Project) -> None:
    """On SIGHUP another database is refused, and the old configuration stays."""
    project.digest = 'database = "other.db"'
    _ = project.config
    running.signal(signal.SIGHUP)
    running.says("digest.database: names another database; restart the daemon to serve it")
    running.says("not reloaded")
    assert not (project.folder / "other.db").exists()


def test_a_daemon_without_its_template_does_not_start(project: Project) -> None:
    """What no pass could do without is missed at the start: one line, and exit 2."""
    (project.folder / "own").mkdir()
    (project.folder / "own" / "digest.html").write_text("{{ nothing.here }}", encoding="utf-8")
    project.digest = 'templates = "own"'
    with daemon(project) as process:
        assert 2 == process.ended()
    assert 1 == len(process.lines)


def test_a_server_that_greets_late_is_waited_for(project: Project) -> None:
    """A trouble is said once, not at each look, and said to be over."""
    with scripted(able("PIPELINING") | {"greeting": "554 closed"}) as server:
        project.port = server.port
        with daemon(project) as process:
            process.says("554 closed")
            server.change({"greeting": "220 here"})
            project.subscribe(BOB)
            process.signal(signal.SIGHUP)
            process.says("send works again")
            process.says(f"{ADA} {project.clock.at.date()}: sent")
    assert 1 == process.said.count("554 closed")
