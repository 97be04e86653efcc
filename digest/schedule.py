"""The daemon's clock: pulls by schedule and sends as editions fall due; the one use of APScheduler.

Two jobs serve everybody: what is due is asked of the store, not of a job per subscriber. The
sending job runs twice a minute, and so also wakes the scheduler after a laptop's sleep.
"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

SEND_EVERY = 30
_log = logging.getLogger("digest")


def serve(
    pull: Callable[[], None],
    send: Callable[[], None],
    pull_schedule: str,
    stopping: threading.Event,
) -> None:
    """Run both jobs until SIGTERM or SIGINT; a job under way ends first.

    ``pull_schedule`` is "every 30m" or a cron line, in local time. Jobs that were missed run
    once, however late (coalesced); none runs beside itself.
    """
    # Imported here: only the daemon needs it.
    from apscheduler.events import EVENT_JOB_EXECUTED
    from apscheduler.schedulers.background import BackgroundScheduler
    from apscheduler.triggers.interval import IntervalTrigger

    scheduler = BackgroundScheduler(
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )
    now = datetime.now(UTC)
    pulled = threading.Event()

    def pull_first() -> None:
        try:
            pull()
        finally:
            pulled.set()

    def send_then() -> None:
        # An edition made before the first pull would be empty, and the only one of its day.
        if pulled.is_set():
            send()

    scheduler.add_job(pull_first, trigger(pull_schedule), id="pull", next_run_time=now)
    scheduler.add_job(send_then, IntervalTrigger(seconds=SEND_EVERY), id="send", next_run_time=now)
    scheduler.add_listener(lambda event: _follow(scheduler, event.job_id), EVENT_JOB_EXECUTED)
    # A job that takes longer than its interval is no fault; the scheduler would warn each time.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)

    def stop(number: int, frame: object) -> None:
        del frame
        _log.info("stopping on %s", signal.Signals(number).name)
        stopping.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    scheduler.start()
    try:
        stopping.wait()
    finally:
        scheduler.shutdown(wait=True)
        for number, handler in before.items():
            signal.signal(number, handler)


def _follow(scheduler: Any, job: str) -> None:  # noqa: ANN401 APScheduler is untyped
    """Send at once after a pull, without waiting for the next half minute."""
    if job == "pull":
        scheduler.modify_job("send", next_run_time=datetime.now(UTC))


def trigger(schedule: str) -> Any:  # noqa: ANN401 APScheduler is untyped
    """Make a trigger of "every 30m" or a cron line.

    Raises:
        ValueError: it is neither.
    """
    from apscheduler.triggers.cron import CronTrigger
    from apscheduler.triggers.interval import IntervalTrigger

    if schedule.startswith("every "):
        span = schedule.split()[1]
        seconds = int(span[:-1]) * {"m": 60, "h": 3600, "d": 86_400}[span[-1]]
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
