"""The lock of the database: one sender, whichever process it is in."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

import digest
from digest.errors import LockedError
from digest.planning import due_editions, plan_editions
from digest.store import Store, open_store
from integration.conftest import Project

PACKAGE = str(Path(digest.__file__).parent.parent)
HOLDER = """
import sys
from pathlib import Path
from digest.store import open_store
with open_store(Path(sys.argv[1])) as store, store.lock("run"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Have an open database."""
    with open_store(tmp_path / "digest.db") as opened:
        yield opened


@contextmanager
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Hold the lock in another process."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": PACKAGE},
    ) as process:
        assert process.stdout is not None
        assert "held\n" == process.stdout.readline()
        yield process
        process.kill()


def test_the_lock_names_its_holder(store: Store) -> None:
    """A lock held by another process is refused, and the process named."""
    with holder(store.path) as process, pytest.raises(LockedError) as caught, store.lock("run"):
        pass
    who = f"digest run (process {process.pid} on {socket.gethostname()}, since "
    told = re.fullmatch(
        rf"{re.escape(who)}(.*) UTC\) is sending from (.*); wait for it", str(caught.value)
    )
    assert told is not None
    assert str(store.path) == told[2]
    assert datetime.now(UTC) >= datetime.fromisoformat(f"{told[1]}+00:00")


def test_the_lock_dies_with_its_process(store: Store) -> None:
    """After a kill -9 of the holder the lock is free at once."""
    with holder(store.path) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with store.lock("run"):
            said = Path(f"{store.path}.lock").read_text(encoding="utf-8")
    assert said.startswith(f"digest run (process {os.getpid()} on ")


def test_the_lock_can_be_taken_again(store: Store) -> None:
    """A lock that was given back is free, and names nobody."""
    with store.lock("run"):
        pass
    with store.lock("outbox"):
        pass
    assert "" == Path(f"{store.path}.lock").read_text(encoding="utf-8")


def test_what_a_living_sender_submits_is_left_to_it(project: Project) -> None:
    """While its process lives nobody takes a delivery up; once it is killed, the next run does."""
    project.subscribe("ada@example.org")
    with project.app.store() as store:
        app = project.app
        app.pull()
        wiring = app.wiring(store, app.renderer())
        plan_editions(wiring, due_editions(wiring, None))
        with store.transaction():
            store.outbox.mark([], store.outbox.all()[:1], project.clock.at)
    with holder(project.database) as process:
        with pytest.raises(LockedError):
            project.app.run()
        before = [str(row.status) for row in project.outbox()]
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        report = project.app.run()
    assert (["submitting"], {"sent": 1}) == (before, dict(report.status))
