"""Copies the database while it is in use, checks the copy, and only then gives it its name."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from digest.errors import Problem, StoreError
from digest.store.locks import Task

_CURE = "check digest.database in the configuration"


def back_up(database: Path, to: Path) -> int:
    """Write a whole, checked copy to ``to``, readable by its owner alone; gives its size.

    The copy is of one moment, though others go on writing (https://www.sqlite.org/backup.html). An
    older copy of that name is replaced at the end, in one step.

    Raises:
        StoreError: there is no database, the copy cannot be written, or it is not sound.
    """
    if not (database.is_file() and database.stat().st_size):
        raise StoreError(str(Problem(str(database), "there is no database to copy", _CURE)))
    cure = "name another file"
    if to.is_dir() or not to.parent.is_dir():
        fault = "is a directory" if to.is_dir() else "its folder does not exist"
        raise StoreError(str(Problem(str(to), fault, cure)))
    if any(to.resolve() == Path(f"{database.resolve()}{end}") for end in _OWN):
        raise StoreError(str(Problem(str(to), "is the database itself", cure)))
    try:
        # Made with mode 0600, in the same folder, so that giving it its name is one step.
        handle, name = tempfile.mkstemp(prefix=f".{to.name}.", dir=to.parent)
    except OSError as error:
        raise StoreError(_unwritten(to, error)) from None
    os.close(handle)
    made = Path(name)
    try:
        _copy(database, made)
        size = made.stat().st_size
        made.replace(to)
        _sync(to.parent)
    except OSError as error:
        raise StoreError(_unwritten(to, error)) from None
    finally:
        made.unlink(missing_ok=True)
    return size


_OWN = ("", "-wal", "-shm", "-journal", *(f".{task.value[0]}" for task in Task))


def _unwritten(to: Path, error: OSError) -> str:
    return str(Problem(str(to), f"cannot be written ({error.strerror})", "give another file"))


def _copy(database: Path, made: Path) -> None:
    """Copy, and check what came of it.

    Raises:
        StoreError: it is no database, or the copy is not sound.
    """
    try:
        with (
            closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(made)) as target,
        ):
            source.backup(target)
            # One file and nothing beside it: the copy may be read from where nothing is written.
            target.execute("PRAGMA journal_mode = DELETE")
            found = [row[0] for row in target.execute("PRAGMA integrity_check")]
    except sqlite3.Error as error:
        fault = f"cannot be copied ({error})"
        raise StoreError(str(Problem(str(database), fault, _CURE))) from error
    if found != ["ok"]:
        fault = f"is damaged ({found[0]}); nothing was written"
        raise StoreError(str(Problem(str(database), fault, "restore an earlier backup")))
    _sync(made)


def _sync(path: Path) -> None:
    """Have the disk hold what was written, or renamed within a folder."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
