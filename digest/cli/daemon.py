"""``digest daemon``: the scheduler, in the foreground."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from digest.cli._shared import app_of

if TYPE_CHECKING:
    from digest.app import App
    from digest.model import Delivery, SendResult
    from digest.store.letters import Letter

_log = logging.getLogger("digest")


@click.command(name="daemon", short_help="Pull and send by schedule until told to stop.")
@click.pass_context
def command(ctx: click.Context) -> None:
    """Pull sources by schedule and send each edition when its time comes.

    Stops cleanly on SIGTERM and SIGINT: the message in flight is finished.
    """
    from dataclasses import replace

    from digest import schedule

    level = logging.WARNING if ctx.obj["quiet"] else logging.INFO
    form = "%(asctime)s %(levelname)s %(message)s"
    logging.basicConfig(level=level, stream=sys.stderr, format=form)
    for noisy in ("httpx", "httpcore", "apscheduler"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    stopping = threading.Event()
    app = replace(app_of(ctx), stopped=stopping.is_set)
    with app.store():
        _log.info("started; database %s", app.config.digest.database)
    schedule.serve(
        _guarded(lambda: _pull(app)),
        _guarded(lambda: _send(app)),
        app.config.schedule.pull,
        stopping,
    )
    _log.info("stopped")


def _guarded(job: Callable[[], None]) -> Callable[[], None]:
    """Keep a job's failure from ending the daemon: it is said, and the next time comes."""
    from digest.errors import DigestError

    def run() -> None:
        try:
            job()
        except DigestError as error:
            _log.error("%s", error)
        except Exception:  # noqa: BLE001 whatever it was, the daemon lives on
            _log.exception("a job failed; it is tried again at its next time")

    return run


def _pull(app: App) -> None:
    for source in app.pull():
        detail = f": {source.detail}" if source.detail else ""
        level = logging.WARNING if source.failed else logging.INFO
        _log.log(level, "%s: %s, %d new%s", source.source, source.state, source.new, detail)


def _send(app: App) -> None:
    from datetime import timedelta

    from digest import correspondence

    if trouble := correspondence.send(app, told=_written):
        _log.error("letters: %s", trouble)
    report = app.run(fetch=False, linger=timedelta(0), told=_told)
    if report.trouble:
        _log.error("%s", report.trouble)


def _told(delivery: Delivery, result: SendResult) -> None:
    level = logging.INFO if result.status == "sent" else logging.WARNING
    detail = f": {result.response}" if result.status != "sent" else ""
    _log.log(level, "%s %s: %s%s", delivery.email, delivery.edition.date, result.status, detail)


def _written(letter: Letter, result: SendResult) -> None:
    level = logging.INFO if result.status == "sent" else logging.WARNING
    detail = f": {result.response}" if result.status != "sent" else ""
    _log.log(level, "%s letter to %s: %s%s", letter.kind, letter.email, result.status, detail)
