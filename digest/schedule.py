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
    from apscheduler.schedulers.background import BackgroundScheduler  # noqa: PLC0415
    from apscheduler.triggers.interval import IntervalTrigger  # noqa: PLC0415

    scheduler = BackgroundScheduler(
        job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    )
    now = datetime.now(UTC)
    scheduler.add_job(pull, trigger(pull_schedule), id="pull", next_run_time=now)
    scheduler.add_job(send, IntervalTrigger(seconds=SEND_EVERY), id="send", next_run_time=now)
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


def trigger(schedule: str) -> Any:  # noqa: ANN401 APScheduler is untyped
    """Make a trigger of "every 30m" or a cron line.

    Raises:
        ValueError: it is neither.
    """
    from apscheduler.triggers.cron import CronTrigger  # noqa: PLC0415
    from apscheduler.triggers.interval import IntervalTrigger  # noqa: PLC0415

    if schedule.startswith("every "):
        span = schedule.split()[1]
        seconds = int(span[:-1]) * {"m": 60, "h": 3600, "d": 86_400}[span[-1]]
        return IntervalTrigger(seconds=seconds)
    return CronTrigger.from_crontab(schedule)
