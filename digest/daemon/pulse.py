"""Whether the daemon's work moves: what each job does, since when, and how its last run went.

Spans are measured by a clock that stands still while the machine sleeps.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

STALL = 900.0  # seconds without a sign of life from a job that is under way
OVERDUE = 180.0  # seconds that a job's time has passed without its being begun


@dataclass(slots=True, kw_only=True)
class Standing:
    """How a job stands; ``seconds`` is the sum over its ``runs``, ``trouble`` the last run's."""

    under_way: bool = False
    begun: float = 0.0
    moved: float = 0.0
    awaited: float | None = None
    ended: datetime | None = None
    trouble: str = ""
    runs: int = 0
    failures: int = 0
    seconds: float = 0.0


@dataclass(slots=True, kw_only=True)
class Pulse:
    """What the threads of the daemon report; each job is written by one thread at a time.

    ``outcomes`` counts what became of attempts to send, by status, since the start.
    """

    jobs: dict[str, Standing] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)
    clock: Callable[[], float] = time.monotonic

    def begin(self, name: str) -> None:
        """A job begins."""
        job = self.jobs.setdefault(name, Standing(under_way=True))
        job.begun = job.moved = self.clock()
        job.awaited, job.under_way = None, True

    def moved(self, name: str) -> None:
        """A job does something."""
        self.jobs[name].moved = self.clock()

    def end(self, name: str, trouble: str, at: datetime) -> None:
        """A job has ended, with or without trouble."""
        job = self.jobs[name]
        job.seconds += self.clock() - job.begun
        job.runs += 1
        job.failures += bool(trouble)
        job.trouble, job.ended, job.under_way = trouble, at, False

    def look(self, due: Mapping[str, bool]) -> None:
        """Hear which jobs' time has come; one that is not begun for long is overdue."""
        for name in [name for name in self.jobs if name not in due]:
            if not self.jobs[name].under_way:
                del self.jobs[name]  # no longer scheduled
        for name, passed in due.items():
            job = self.jobs.setdefault(name, Standing())
            if not passed or job.under_way:
                job.awaited = None
            elif job.awaited is None:
                job.awaited = self.clock()

    def under_way(self) -> list[str]:
        """Name the jobs that run."""
        return [name for name, job in self.jobs.items() if job.under_way]

    def stuck(self) -> list[str]:
        """Say what does not move although it should."""
        return list(self._stuck(self.clock()))

    def faults(self) -> list[str]:
        """Say what is wrong: what is stuck, and what failed the last time."""
        failed = [
            f"{name} failed: {job.trouble}" for name, job in list(self.jobs.items()) if job.trouble
        ]
        return [*self.stuck(), *failed]

    def _stuck(self, now: float) -> Iterable[str]:
        for name, job in list(self.jobs.items()):
            if job.under_way and now - job.moved > STALL:
                yield f"{name} has not moved for {now - job.moved:.0f} s"
            elif job.awaited is not None and now - job.awaited > OVERDUE:
                yield f"{name} is overdue for {now - job.awaited:.0f} s"
