"""Locks beside the database: one process at a time does a task, and the lock dies with it."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

from digest.errors import LockedError, Problem, StoreError


class Task(Enum):
    """What only one process does: the suffix of the lock's file, what is done, the cure."""

    SENDING = ("lock", "is sending from", "wait for it")
    SCHEDULING = ("daemon.lock", "serves", "one daemon is enough; stop it to start another")


@contextmanager
def held(database: Path, task: Task, command: str) -> Iterator[None]:
    """Be the one that does a task of a database.

    Raises:
        LockedError: another process does; the message says which, where, and since when.
        StoreError: the lock's file cannot be opened.
    """
    suffix, doing, cure = task.value
    path = database.with_name(f"{database.name}.{suffix}")
    try:
        opened = path.open("a+", encoding="utf-8")
    except OSError as error:
        fault = f"cannot be locked ({error.strerror})"
        raise StoreError(str(Problem(str(path), fault, "remove it"))) from None
    with opened as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read().strip() or "another process"
            raise LockedError(f"{holder} {doing} {database}; {cure}") from None
        file.truncate(0)
        file.write(f"{_holder(command)}\n")
        file.flush()
        yield
        file.truncate(0)


def _holder(command: str) -> str:
    """Name this process: a lock on a shared disk may be another machine's."""
    since = datetime.now(UTC)
    who = f"process {os.getpid()} on {socket.gethostname()}"
    return f"digest {command} ({who}, since {since:%Y-%m-%d %H:%M:%S} UTC)"
