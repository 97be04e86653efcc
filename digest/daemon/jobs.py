"""What the daemon does by schedule: pull, send, write letters, read bounces.

Each gives what went wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from digest import timetable
from digest.errors import LockedError
from digest.logs import about
from digest.model import DeliveryStatus

if TYPE_CHECKING:
    from digest.app import App
    from digest.model import Delivery, SendResult
    from digest.store.letters import Letter

_log = logging.getLogger("digest")
_UNASKED = frozenset({DeliveryStatus.SENT, DeliveryStatus.SUPPRESSED, DeliveryStatus.SKIPPED})


def pull(app: App) -> str:
    """Pull all sources; gives what is wrong with the pull, not with one source of several."""
    pulled = app.pull()
    for source in pulled:
        detail = f": {source.detail}" if source.detail else ""
        _log.log(
            logging.WARNING if source.failed else logging.INFO,
            "%s: %s, %d new%s",
            source.source,
            source.state,
            source.new,
            detail,
            extra=about(job="pull", source=source.source, state=source.state, new=source.new),
        )
    failed = bool(pulled) and all(source.failed for source in pulled)
    return "no source could be read" if failed else ""


@dataclass(slots=True, kw_only=True)
class Sending:
    """Sends what is due; ``heard`` is told each outcome's status.

    ``owed`` names the deliveries whose answers a server owed when it was told to stop.
    """

    heard: Callable[[str], None]
    owed: list[str] = field(default_factory=list)

    def send(self, app: App, *, anyway: bool) -> str:
        """Do a pass if anything is due, or ``anyway``; gives why it ended early, or ""."""
        with app.store() as store:
            uncertain = app.config.smtp.on_uncertain == "retry"
            if not anyway and timetable.quiet(store, app.now(), uncertain=uncertain):
                _log.debug("nothing is due", extra=about(job="send"))
                return ""

        def told(delivery: Delivery, result: SendResult) -> None:
            self._tell(delivery, result, stopped=app.stopped())

        try:
            report = app.run(fetch=False, linger=timedelta(0), told=told)
        except LockedError as error:
            # Whoever holds the lock sends what is due; the next look comes within the minute.
            _log.info("%s", error, extra=about(job="send"))
            return ""
        _log.debug(
            "a pass: %d editions, %d shown of %d candidates",
            report.editions,
            report.shown,
            report.candidates,
            extra=about(job="send", **report.status),
        )
        return report.trouble

    def _tell(self, delivery: Delivery, result: SendResult, *, stopped: bool) -> None:
        status, day = result.status, delivery.edition.date
        self.heard(str(status))
        if stopped and status is DeliveryStatus.UNCERTAIN:
            self.owed.append(f"{delivery.email} ({day})")
        detail = f": {result.response}" if status not in _UNASKED else ""
        _log.log(
            logging.INFO if status in _UNASKED else logging.WARNING,
            "%s %s: %s%s",
            delivery.email,
            day,
            status,
            detail,
            extra=about(job="send", email=delivery.email, date=day, status=status),
        )


def letters(app: App) -> str:
    """Send the letters that the page has promised; gives the server's trouble, or ""."""
    from digest import correspondence

    return correspondence.send(app, told=_written)


def _written(letter: Letter, result: SendResult) -> None:
    detail = f": {result.response}" if result.status is not DeliveryStatus.SENT else ""
    _log.log(
        logging.INFO if result.status in _UNASKED else logging.WARNING,
        "%s letter to %s: %s%s",
        letter.kind,
        letter.email,
        result.status,
        detail,
        extra=about(job="letters", email=letter.email, status=result.status),
    )


def bounces(app: App) -> str:
    """Read the configured mailbox, and settle each mail.

    Raises:
        MailboxError: it cannot be read.
    """
    from digest.intake import take_in

    for place, outcome in take_in(app, ()):
        detail = f" ({outcome.detail})" if outcome.detail else ""
        _log.log(
            logging.INFO if outcome.understood else logging.WARNING,
            "%s: %s: %s%s",
            outcome.email or place,
            outcome.kind,
            outcome.done,
            detail,
            extra=about(job="bounces", email=outcome.email, kind=outcome.kind, done=outcome.done),
        )
    return ""
