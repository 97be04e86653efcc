"""Room beside the database that is given up on a full disk, to write down what is under way.

What a server answered has to be written down, or the mail would be sent twice. Nothing leaves
unless there is room for that.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from io import RawIOBase
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from digest.errors import Problem, StoreError
from digest.store.rows import writing

DISK = "check the disk's space and the file's permissions"
# Bytes. The first commit after may fold the marks of a hundred mails, 150 pages of 4096 bytes or
# so; then each connection is owed one answer, a few pages each.
SIZE = 1 << 20
_STEP = 1 << 15  # by as much the log's index grows

T = TypeVar("T")


def is_full(error: sqlite3.Error) -> bool:
    """Whether a database failed because its disk is full, or nearly so, or broken."""
    name = getattr(error, "sqlite_errorname", "")  # not set on errors of the module itself
    return name.startswith(("SQLITE_FULL", "SQLITE_IOERR"))


class Reserve:
    """The file ``<database>.<suffix>`` of one sender; ``spent`` is the error it was given up for.

    Who finds it spent lets nothing leave any more, has what is owed written down, and ends.
    """

    def __init__(self, db: Database, database: Path, suffix: str) -> None:
        """Make nothing yet."""
        self._db = db
        self._path = database.with_name(f"{database.name}.{suffix}")
        self._log = database.with_name(f"{database.name}-wal")
        self.spent: sqlite3.Error | None = None

    def make(self) -> None:
        """Take the room, unless it is there.

        Raises:
            StoreError: there is none.
        """
        with suppress(FileNotFoundError):
            if self._path.stat().st_size == SIZE:
                return
        try:
            with self._path.open("wb", buffering=0) as file:
                # Neither holes nor zeros, for which some file systems set no room aside.
                file.write(os.urandom(SIZE))
                os.fsync(file.fileno())
            if self._path.stat().st_size != SIZE:
                raise OSError(0, "No space left on device")
        except OSError as error:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            fault = f"there is no room to note what is sent ({error.strerror}), so nothing is"
            raise StoreError(str(Problem(str(self._path), fault, DISK))) from None

    def commit(self, work: Callable[[], T]) -> T:
        """Do ``work`` in one transaction; on a full disk once more, with the reserve given up.

        Raises:
            sqlite3.Error: it failed otherwise, or again.
        """
        try:
            with writing(self._db):
                return work()
        except sqlite3.Error as error:
            if self.spent or not is_full(error):
                raise
            self.spent = error
        with writing(self._db):
            self._give_up()
            return work()

    def _give_up(self) -> None:
        """Make the reserve room in the database's log, where nobody else's files can take it.

        It goes over in steps: whatever fills the disk may snatch what is free between, of one. The
        rest is for the log's index. SQLite writes frames by their number, not at the end of the
        file, and reads none that its checksum does not bear out
        (https://www.sqlite.org/fileformat2.html#walformat). The right to write is held, so that no
        other connection writes meanwhile.
        """
        with suppress(OSError), self._log.open("rb+", buffering=0) as log:
            for left in range(SIZE - _STEP, _STEP, -_STEP):
                os.truncate(self._path, left)
                with suppress(OSError):  # what is free on the disk serves, too
                    _lengthen(log)
        with suppress(OSError):
            self._path.unlink(missing_ok=True)

    def check(self) -> None:
        """End the pass if the reserve was given up.

        Raises:
            sqlite3.Error: it was, for this.
        """
        if self.spent:
            raise self.spent


def _lengthen(log: RawIOBase) -> None:
    """Add a step of room at the end of a file.

    Raises:
        OSError: there is none.
    """
    end = log.seek(0, os.SEEK_END)
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(log.fileno(), end, _STEP)
    else:  # as on macOS
        log.write(bytes(_STEP))
