"""The room kept beside the database becomes room within it, and is given up for nothing else."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from digest.store import Store, open_store
from digest.store.locks import Task
from digest.store.reserve import SIZE
from integration.conftest import NOON


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a database."""
    with open_store(tmp_path / "digest.db") as opened:
        yield opened


def failing(store: Store, name: str) -> Callable[[], int]:
    """Have work that writes, and fails the first time as SQLite would under this name."""
    times: list[int] = []

    def work() -> int:
        times.append(1)
        store.turns.put({f"time {len(times)}": NOON})
        if len(times) == 1:
            error = sqlite3.OperationalError(name)
            error.sqlite_errorname = name
            raise error
        return len(times)

    return work


def turns(store: Store) -> list[str]:
    """Give what was written, as another connection reads it."""
    with open_store(store.path) as other:
        assert ["ok"] == [row[0] for row in other._db.execute("PRAGMA integrity_check")]  # noqa: SLF001
        return [str(row["name"]) for row in other._db.query("SELECT name FROM turns")]  # noqa: SLF001


def test_the_reserve_takes_room_on_the_disk(store: Store) -> None:
    """It is no file with holes, and what is there already is kept."""
    store.reserve().make()
    path = Path(f"{store.path}.reserve")
    before = path.stat()
    store.reserve().make()
    assert (SIZE, True) == (before.st_size, before.st_blocks * 512 >= SIZE)
    assert before.st_mtime_ns == path.stat().st_mtime_ns


@pytest.mark.parametrize(
    ("name", "macos"),
    [("SQLITE_FULL", False), ("SQLITE_IOERR_SHMSIZE", False), ("SQLITE_FULL", True)],
)
def test_on_a_full_disk_the_log_gets_the_room(
    store: Store, name: str, macos: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same is done once more, with the log longer by the reserve, which is gone and named.

    Where the system sets no room aside for a file, as macOS does not, it is written.
    """
    if macos:
        monkeypatch.delattr("os.posix_fallocate", raising=False)
    reserve, log = store.reserve(), Path(f"{store.path}-wal")
    reserve.make()
    before = log.stat().st_size
    assert 2 == reserve.commit(failing(store, name))
    assert (True, False) == (
        log.stat().st_size >= before + SIZE * 15 // 16,
        Path(f"{store.path}.reserve").exists(),
    )
    assert ["time 2"] == turns(store)
    with pytest.raises(sqlite3.OperationalError, match=name):
        reserve.check()


def test_another_error_spends_nothing(store: Store) -> None:
    """A database that is locked gets no second try, and nothing is written."""
    reserve = store.reserve(Task.WRITING)
    reserve.make()
    with pytest.raises(sqlite3.OperationalError, match="SQLITE_BUSY"):
        reserve.commit(failing(store, "SQLITE_BUSY"))
    assert (True, []) == (Path(f"{store.path}.letters.reserve").exists(), turns(store))


def test_a_second_full_disk_ends_it(store: Store) -> None:
    """Once spent there is nothing more to give up: the error is raised."""
    reserve = store.reserve()
    reserve.commit(failing(store, "SQLITE_FULL"))
    with pytest.raises(sqlite3.OperationalError, match="SQLITE_FULL"):
        reserve.commit(failing(store, "SQLITE_FULL"))
