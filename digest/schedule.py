"""The daemon's clock: has each job run when its time comes; the one use of APScheduler.

A few jobs serve everybody: what is due is asked of the store, not of a job per subscriber. A job
that was missed runs once, however late, and none runs beside itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any


class Clock:
    """Runs jobs in threads, each by a schedule: "every 30m" or a cron line, in local time."""

    def __init__(self) -> None:
        """Stand still until started."""
        # Imported here: only the daemon needs it.
        from apscheduler.schedulers.background import BackgroundScheduler

        self._scheduler = BackgroundScheduler(
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
        )
        self._schedules: dict[str, str] = {}
        # A job that takes longer than its interval is no fault; the scheduler would warn each time.
        logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def start(self) -> None:
        """Begin to run jobs."""
        self._scheduler.start()

    def stop(self) -> None:
        """Begin no more jobs; those under way go on."""
        self._scheduler.shutdown(wait=False)

    def set(self, name: str, schedule: str, run: Callable[[], None]) -> None:
        """Run a job at once, and then by a schedule; one of this name is replaced."""
        self._schedules[name] = schedule
        self._scheduler.add_job(
            run,
            trigger(schedule),
            id=name,
            next_run_time=datetime.now(UTC),
            replace_existing=True,
        )

    def drop(self, name: str) -> None:
        """Run a job no more, if there is one of this name."""
        if self._schedules.pop(name, None):
            self._scheduler.remove_job(name)

    def change(self, name: str, schedule: str) -> None:
        """Run a job by another schedule from now on."""
        self._schedules[name] = schedule
        self._scheduler.reschedule_job(name, trigger=trigger(schedule))

    def at_once(self, name: str) -> None:
        """Run a job now, and then by its schedule."""
        self._scheduler.modify_job(name, next_run_time=datetime.now(UTC))

    def once(self, run: Callable[[], None]) -> None:
        """Run something now, one time."""
        self._scheduler.add_job(run)

    def again(self) -> None:
        """Reckon anew when each job runs next, after the machine's clock was changed.

        The scheduler sleeps until the next time by the clock of before, and an interval counts from
        when it was made: set back, both would be late by as much.
        """
        for name, schedule in self._schedules.items():
            self._scheduler.reschedule_job(name, trigger=trigger(schedule))

    def wake(self) -> None:
        """Look at once which jobs are due: a sleep of the machine is not counted by waiting."""
        self._scheduler.wakeup()

    def due(self, now: datetime) -> dict[str, bool]:
        """Say of each scheduled job whether its time has passed without its being begun."""
        found = {}
        for name in self._schedules:
            job = self._scheduler.get_job(name)
            at = job.next_run_time if job else None
            found[name] = at is not None and at < now
        return found


def trigger(schedule: str) -> Any:  # noqa: ANN401 APScheduler is untyped
    """Make a trigger of "every 30m" or a cron line.

    Raises:
        ValueError: it is neither.
    """
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    if schedule.startswith("every "):
        span = schedule.split()[1]
        seconds = int(span[:-1]) * {"s": 1, "m": 60, "h": 3600, "d": 86_400}[span[-1]]
        return IntervalTrigger(seconds=seconds)
    minute, hour, day, month, weekdays = schedule.split()
    return CronTrigger(
        minute=minute, hour=hour, day=day, month=month, day_of_week=_named_weekdays(weekdays)
    )


def _named_weekdays(field: str) -> str:
    """Write cron's weekdays by name: there 0 and 7 are Sunday, in APScheduler 0 is Monday."""
    names = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
    found: list[str] = []
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        if not first.isdecimal():
            found.append(part)
            continue
        until = int(last or (6 if step else first))
        found += [names[at] for at in range(int(first), until + 1, int(step or 1))]
    return ",".join(dict.fromkeys(found))
