"""A run that is told to stop: it waits for what is owed, says what it did, and the next goes on."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from digest.app import App
from integration.conftest import Cli, Project
from integration.processes import started, until
from integration.servers import STALL, Mailbox, Page, Web, scripted

READERS = [f"r{number}@example.org" for number in range(4)]


@pytest.fixture(autouse=True)
def ready(project: Project) -> None:
    """Have the true time, and readers who are due from midnight."""
    project.clock.at = datetime.now(UTC)
    project.subscribe(*READERS)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_next_run_goes_on(
    project: Project, box: Mailbox, number: signal.Signals, code: int
) -> None:
    """Told to stop between two mails, a run leaves none uncertain; the next sends the others."""
    project.smtp = "linger = 0\nconnections = 1\nrate = 1"
    with started(project, "run") as process:
        until(lambda: len(box.mails) > 0, "the first mail")
        process.signal(number)
        assert code == process.ended()
    assert {"sent", "planned"} == {str(row.status) for row in project.outbox()}
    assert f"ended by {number.name}; the next run goes on" in process.said
    project.smtp = "linger = 0"
    assert 0 == Cli(project)("run").exit_code
    assert READERS == sorted(box.recipients)


@pytest.mark.parametrize(
    ("stage", "statuses"),
    [("RCPT", {"planned", "deferred"}), (".", {"planned", "uncertain"})],
)
def test_a_stalled_server_does_not_hold_it(
    project: Project, stage: str, statuses: set[str]
) -> None:
    """A run gives a stalled server some seconds; a text without its answer is uncertain."""
    project.smtp = "linger = 0\nconnections = 1"
    with scripted({stage: STALL}) as server:
        project.port = server.port
        with started(project, "run") as process:
            until(lambda: any(line.startswith("RCPT") for line in server.heard), "RCPT")
            until(lambda: stage == "RCPT" or bool(server.mails), "the text has left")
            process.signal(signal.SIGTERM)
            assert 143 == process.ended()
    assert statuses == {str(row.status) for row in project.outbox()}
    assert ("uncertain" in statuses) == (": uncertain: " in process.said)


def test_a_second_signal_ends_it_at_once(project: Project) -> None:
    """Told twice, a run does not wait for what a server owes."""
    with scripted({".": STALL}) as server:
        project.port = server.port
        with started(project, "run") as process:
            until(lambda: bool(server.mails), "the text has left")
            process.signal(signal.SIGTERM)
            process.says("once more ends at once")
            process.signal(signal.SIGTERM)
            assert 143 == process.ended()


def test_while_sources_are_pulled_it_ends_at_once(project: Project, web: Web) -> None:
    """A source that does not answer holds nobody who wants a run to end."""
    web.pages["/papers"] = Page(hangs=True)
    project.http = "timeout = 60\nallow_private_networks = true"
    project.sources = [f'kind = "feed"\nurl = "{web.url("/papers")}"']
    with started(project, "run") as process:
        until(lambda: bool(web.seen), "the source is asked")
        begun = time.monotonic()
        process.signal(signal.SIGTERM)
        assert 143 == process.ended()
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_dry_run_leaves_nothing(
    project: Project, web: Web, tmp_path: Path, number: signal.Signals
) -> None:
    """The copy of the database that a dry run works on goes with it, whatever ends it."""
    web.pages["/papers"] = Page(hangs=True)
    project.http = "timeout = 1\nallow_private_networks = true"
    project.sources = [f'kind = "feed"\nurl = "{web.url("/papers")}"']
    (folder := tmp_path / "temporary").mkdir()
    with started(project, "run", "--dry-run", environ={"TMPDIR": str(folder)}) as process:
        until(lambda: bool(web.seen), "the source is asked")
        copies = list(folder.rglob("digest.db"))
        process.signal(number)
        assert 128 + number == process.ended()
    assert (1, []) == (len(copies), list(folder.rglob("digest.db")))


def test_a_dry_look_at_bounces_leaves_nothing(project: Project, tmp_path: Path) -> None:
    """The same holds of the copy that bounces are tried on, while none come."""
    (folder := tmp_path / "temporary").mkdir()
    environ = {"TMPDIR": str(folder)}
    with started(project, "bounces", "--dry-run", "-", environ=environ) as process:
        until(lambda: bool(list(folder.rglob("digest.db"))), "the copy is made")
        process.signal(signal.SIGTERM)
        assert 143 == process.ended()
    assert [] == list(folder.rglob("digest.db"))


def test_while_letters_are_sent(
    project: Project, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to stop while letters are sent, a run does not begin, and says why."""

    def told(app: App) -> str:
        app.stopped()
        signal.raise_signal(signal.SIGTERM)
        return ""

    monkeypatch.setattr("digest.correspondence.send", told)
    ran = cli("run", "--json")
    trouble = "ended by SIGTERM; the next run goes on where this one ended"
    said = json.loads(ran.stdout)
    assert (143, [], [], trouble) == (
        ran.exit_code,
        project.outbox(),
        said["sources"],
        said["trouble"],
    )


def test_told_to_stop_a_pass_plans_nothing(project: Project) -> None:
    """Planning asks whether to stop, too."""
    report = replace(project.app, stopped=lambda: True).run()
    assert (0, []) == (report.editions, project.outbox())
