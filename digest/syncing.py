"""Has marks outlive a loss of power, in groups, while the next ones are made."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    """What a loss of power may cost: the marks of so many, or of so many seconds."""

    marks: int = 100
    seconds: float = 1.0


class Syncing:
    """Syncs beside the work, one group at a time, each three quarters of what may be lost.

    The next group grows meanwhile, and both together are never more than that.
    """

    def __init__(self, sync: Callable[[], None], safety: Safety) -> None:
        """Sync by calling ``sync``, which another thread does."""
        self._sync = sync
        self._most, self._seconds = safety.marks, safety.seconds / 2
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="sync")
        self._under_way: Future[None] | None = None
        self._marks = 0
        self._syncing = 0  # marks of the group under way
        self._since = time.monotonic()

    def add(self, marks: int) -> None:
        """Count marks that were committed, and sync them once they are many or old enough."""
        if not marks and not self._marks:
            return
        now = time.monotonic()
        if self._under_way is not None and self._under_way.done():
            self._wait()
        if not self._marks:
            self._since = now
        self._marks += marks
        if self._marks >= max(self._most * 3 // 4, 1) or now - self._since >= self._seconds:
            self._begin()
        if self._marks + self._syncing >= self._most:
            self._wait()

    def close(self) -> None:
        """Sync what is left, and wait for it."""
        try:
            if self._marks:
                self._begin()
            self._wait()
        finally:
            self._worker.shutdown()

    def _begin(self) -> None:
        self._wait()
        self._marks, self._syncing = 0, self._marks
        self._under_way = self._worker.submit(self._sync)

    def _wait(self) -> None:
        """Wait for the group under way; an error of the disk is raised here."""
        if self._under_way is not None:
            self._under_way.result()
            self._under_way, self._syncing = None, 0
