"""Opens the database, brings its schema up to date, and hands out its parts."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from digest.errors import Problem, StoreError
from digest.store.archive import SentEditions
from digest.store.days import Days
from digest.store.entries import Entries
from digest.store.everything import Everything
from digest.store.letters import Letters
from digest.store.locks import Task, held
from digest.store.migrations import MIGRATIONS
from digest.store.outbox import Outbox
from digest.store.pictures import Pictures
from digest.store.pruning import Pruning
from digest.store.reserve import DISK, Reserve, is_full
from digest.store.returned import ReturnedMails
from digest.store.rows import writing
from digest.store.runs import Runs
from digest.store.search import SearchIndex
from digest.store.shown import Shown
from digest.store.sources import SourceStates
from digest.store.subscribers import Subscribers
from digest.store.turns import Turns
from digest.store.waiting import WaitingList

BUSY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Store:
    """The parts of the database; each is the only reader and writer of its tables.

    ``upgraded`` says whether an older version's database was brought up to date on opening.
    """

    path: Path
    entries: Entries
    index: SearchIndex
    sources: SourceStates
    subscribers: Subscribers
    letters: Letters
    outbox: Outbox
    sent: SentEditions
    shown: Shown
    pictures: Pictures
    turns: Turns
    waiting: WaitingList
    days: Days
    runs: Runs
    pruning: Pruning
    returned: ReturnedMails
    everything: Everything
    upgraded: bool
    _db: Database

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def transaction(self) -> AbstractContextManager[None]:
        """Commit all that is written within, or nothing."""
        return writing(self._db)

    def sync(self) -> None:
        """Have all that was committed outlive a loss of power.

        With ``synchronous = NORMAL`` a commit outlives the process, and the machine only once the
        write-ahead log was synced (https://www.sqlite.org/pragma.html#pragma_synchronous).
        It touches no connection, so that any thread may do it.

        Raises:
            StoreError: the disk failed.
        """
        path = f"{self.path}-wal"
        try:
            log = os.open(path, os.O_RDWR)
            try:
                os.fsync(log)
            finally:
                os.close(log)
        except FileNotFoundError:
            return
        except OSError as error:
            fault = f"cannot be synced ({error.strerror})"
            raise StoreError(str(Problem(path, fault, "check the disk"))) from None

    def reserve(self, task: Task = Task.SENDING) -> Reserve:
        """Give the room that a task keeps for what is under way when the disk is full."""
        suffix, _, _ = task.value
        return Reserve(self._db, self.path, suffix.replace("lock", "reserve"))

    @contextmanager
    def lock(self, command: str, task: Task = Task.SENDING) -> Iterator[None]:
        """Be the one that sends from this database; the lock dies with the process.

        Raises:
            LockedError: another process holds it; the message says which.
        """
        with held(self.path, task, command):
            yield


@contextmanager
def open_store(path: Path, *, create: bool = True) -> Iterator[Store]:
    """Open the database at ``path`` and close it at the end.

    Raises:
        StoreError: it does not exist (unless ``create``), is no database of ours, is newer
            than this program, or fails while in use.
    """
    if path.is_dir():
        cure = "name a file in digest.database"
        raise StoreError(str(Problem(str(path), "is a directory", cure)))
    if not create and not (path.is_file() and path.stat().st_size):
        cure = "run `digest pull` or `digest subscribe` first"
        raise StoreError(str(Problem(str(path), "there is no database yet", cure)))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        store = _opened(path)
    except (sqlite3.Error, OSError) as error:
        cure = "check digest.database in the configuration"
        if isinstance(error, sqlite3.Error) and is_full(error):
            cure = DISK
        fault = f"cannot be opened as a database ({error})"
        raise StoreError(str(Problem(str(path), fault, cure))) from error
    try:
        yield store
    except sqlite3.Error as error:
        fault = f"the database failed ({error})"
        raise StoreError(str(Problem(str(path), fault, DISK))) from error
    finally:
        store.close()


def _opened(path: Path) -> Store:
    # Autocommit is off only within Database.atomic; foreign keys and time-out are a connection's.
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
    db = Database(connection, execute_plugins=False)
    try:
        known = _only_ours(db, path)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        # Once a pull of ten thousand entries, not ten times: a page is then written back once.
        connection.execute("PRAGMA wal_autocheckpoint = 10000")
        pending = bool(MIGRATIONS.pending(db))
        if pending:
            # Without foreign keys: a step that drops a table would delete what refers to it
            # (https://www.sqlite.org/lang_altertable.html, 7).
            with writing(db):
                MIGRATIONS.apply(db)
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        db.close()
        raise
    return Store(
        path=path,
        entries=Entries(db),
        index=SearchIndex(db),
        sources=SourceStates(db),
        subscribers=Subscribers(db),
        letters=Letters(db),
        outbox=Outbox(db),
        sent=SentEditions(db),
        shown=Shown(db),
        pictures=Pictures(db),
        turns=Turns(db),
        waiting=WaitingList(db),
        days=Days(db),
        runs=Runs(db),
        pruning=Pruning(db),
        returned=ReturnedMails(db),
        everything=Everything(db),
        upgraded=known and pending,
        _db=db,
    )


def _only_ours(db: Database, path: Path) -> bool:
    """Refuse a database that another program made, or a newer version of this one.

    Gives whether any version of this one made it; an empty file is nobody's.

    Raises:
        StoreError: it is such a one; nothing was written to it.
    """
    applied = {step.name for step in MIGRATIONS.applied(db)}
    if not applied and db.table_names():
        cure = "name another file in digest.database"
        raise StoreError(str(Problem(str(path), "is a database of another program", cure)))
    ours = {step.name for step in MIGRATIONS._migrations}  # noqa: SLF001 the library lists its steps nowhere else
    if applied - ours:
        cure = "upgrade this program"
        raise StoreError(str(Problem(str(path), "was written by a newer digest", cure)))
    return bool(applied)


@contextmanager
def copied(path: Path) -> Iterator[Path]:
    """Give a copy of the database that may be written and is thrown away, for a dry run."""
    with tempfile.TemporaryDirectory(prefix="digest-") as folder:
        copy = Path(folder) / path.name
        if path.is_file():
            source, target = sqlite3.connect(path), sqlite3.connect(copy)
            try:
                source.backup(target)
            except sqlite3.Error as error:
                cure = "check digest.database in the configuration"
                fault = f"cannot be opened as a database ({error})"
                raise StoreError(str(Problem(str(path), fault, cure))) from error
            finally:
                source.close()
                target.close()
        yield copy
