"""A loss of power leaves what lay on the disk at the last sync; and a disk that is full."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import digest
from digest.deliver import deliver
from digest.store import Store, open_store
from digest.syncing import Safety
from integration.conftest import Clock
from integration.test_marks import Watching, desk, many, plan

PACKAGE = Path(digest.__file__).parent.parent


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a database."""
    with open_store(tmp_path / "digest.db") as opened:
        yield opened


class Disk:
    """What would be left if the power went: the files as they were when the log was last synced."""

    def __init__(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Watch the database at ``path``."""
        self._path = path
        self._left: dict[str, bytes] = {}
        self._looks = 0
        self.syncs = 0
        monkeypatch.setattr("os.fsync", self._sync)

    def _sync(self, number: int) -> None:
        if Path(f"/proc/self/fd/{number}").readlink() == Path(f"{self._path}-wal"):
            names = (self._path.name, f"{self._path.name}-wal")
            self._left = {name: (self._path.parent / name).read_bytes() for name in names}
            self.syncs += 1

    def counts(self) -> dict[str, int]:
        """Read what is left, as the program would on its next start."""
        self._looks += 1
        folder = self._path.parent / f"left {self._looks}"
        folder.mkdir()
        for name, content in self._left.items():
            (folder / name).write_bytes(content)
        with open_store(folder / self._path.name) as left:
            return left.outbox.counts()


@pytest.mark.parametrize("marks", [1, 10, 40])
def test_a_loss_of_power_costs_the_last_group(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, marks: int
) -> None:
    """Whenever a mail leaves, all marks but those of the last group are on the disk.

    Of a mail there are two marks, so that after n mails 2n + 1 were made.
    """
    plan(store, clock, *many(60))
    store.sync()
    disk = Disk(store.path, monkeypatch)
    store.sync()
    lost: list[int] = []

    def look(_: object) -> None:
        left = disk.counts()
        there = 2 * left.get("sent", 0) + left.get("submitting", 0)
        lost.append(2 * len(lost) + 1 - there)

    watched = replace(desk(store, Watching(look), clock), safety=Safety(marks=marks, seconds=3600))
    deliver(watched)
    assert (True, {"sent": 60}) == (max(lost) <= marks, disk.counts())


def test_planned_editions_are_on_the_disk_before_a_mail_leaves(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a mark on the disk its edition is there, too: the log keeps the order of commits."""
    disk = Disk(store.path, monkeypatch)
    plan(store, clock, *many(9))
    deliver(replace(desk(store, Watching(lambda _: None), clock), safety=Safety(marks=1)))
    assert ({"sent": 9}, 18) == (disk.counts(), disk.syncs)


def in_small_room(folder: Path, kilobytes: int, script: Path, *arguments: str) -> str:
    """Run a script of these tests with ``folder`` on a disk of its own, of a few kilobytes."""
    mount = f"mount -t tmpfs -o size={kilobytes}k tmpfs {folder}"
    command = f"{mount} && exec {sys.executable} {script} {folder} {' '.join(arguments)}"
    done = subprocess.run(
        ["unshare", "--map-root-user", "--mount", "sh", "-c", command],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": f"{PACKAGE}:{PACKAGE / 'tests'}"},
        check=False,
    )
    if "unshare" in done.stderr or "mount:" in done.stderr:
        pytest.skip("a small disk cannot be mounted here")
    assert (0, "") == (done.returncode, done.stderr)
    return done.stdout


def test_a_full_disk_stops_each_stage_and_repeats_nothing(tmp_path: Path) -> None:
    """Planning and sending on a full disk end with one line; with room again all goes on.

    Nobody is left out and nobody is mailed twice, however often the disk is full: what a server
    accepted is written down in the room that was kept for it.
    """
    script = Path(__file__).parent / "full.py"
    *passes, again = in_small_room(tmp_path, 4000, script).splitlines()
    rows = [one.split("|") for one in passes]
    found = [(int(planned), int(sent), int(came)) for planned, sent, came, _ in rows]
    broken_off = [row for row in found if 0 < row[1] < row[0]]
    assert ((0, 0, 0), True) == (found[0], len(broken_off) > 9)
    assert [] == [row for row in rows[:-1] if "check the disk's space" not in row[3]]
    assert [] == [row for row in broken_off if row[1] != row[2]]
    assert ((150, 150, 150), "0") == (found[-1], again)
