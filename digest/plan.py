"""What is due when: editions by local time, and retries by growing delays. ``now`` is passed in.

A local time that does not exist (the clock is put forward) means the first instant after the
gap; one that comes twice means the first.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from digest.model import WEEKDAYS, Status

LATE_MOST = timedelta(hours=12)
RETRY_MOST = timedelta(hours=4)
_ASKED = re.compile(
    r"(?:again|retry|wait|delay|defer|\bback\b|gr[ae]ylist)\D{0,40}?"
    r"(?:(\d{1,9})\s*(s|sec|second|m|min|minute|h|hour|d|day)s?\b(?!-)"
    r"|\b(?:in|for) (\d\d):(\d\d):(\d\d)\b)",
    re.IGNORECASE,
)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ASKED_MOST = timedelta(days=1)


class Timed(Protocol):
    """Whoever wants mails at a local time, on some days: a subscriber."""

    @property
    def timezone(self) -> str:
        """The IANA name of the time zone."""

    @property
    def send_at(self) -> str:
        """The local time, HH:MM."""

    @property
    def days(self) -> tuple[str, ...]:
        """The days of the week."""

    @property
    def status(self) -> Status:
        """Whether mails go at all."""

    @property
    def paused_until(self) -> date | None:
        """The first date after a pause."""


@lru_cache(maxsize=1024)  # many share a time and zone
def slot(day: date, send_at: str, timezone: str) -> datetime:
    """Give the instant, in UTC, at which a subscriber's local date and time comes."""
    zone = ZoneInfo(timezone)
    local = datetime.combine(day, time.fromisoformat(send_at), tzinfo=zone)
    instant = local.astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
        return instant
    return _after_gap(local.replace(fold=1).astimezone(UTC), instant, zone)


def _after_gap(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Find the instant between ``before`` and ``after`` at which the zone's offset changes."""
    old = before.astimezone(zone).utcoffset()
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def local_date(now: datetime, timezone: str) -> date:
    """Give the date on the wall of a time zone."""
    return now.astimezone(ZoneInfo(timezone)).date()


def wants_on(subscriber: Timed, day: date) -> bool:
    """Whether a subscriber is to get an edition for a local date, at any time of it."""
    return (
        subscriber.status is Status.ACTIVE
        and WEEKDAYS[day.weekday()] in subscriber.days
        and not (subscriber.paused_until and day < subscriber.paused_until)
    )


def due_date(subscriber: Timed, now: datetime, since: datetime | None = None) -> date | None:
    """Give the local date whose edition is due: today, once its time has passed.

    ``since`` is the first instant that was waited for, None where nothing was. If yesterday's time
    has passed from then on, while nothing ran, its edition is due for twelve hours, unless today's
    is.
    """
    today = local_date(now, subscriber.timezone)
    if wants_on(subscriber, today) and (
        slot(today, subscriber.send_at, subscriber.timezone) <= now
    ):
        return today
    yesterday = today - timedelta(days=1)
    if since is None or not wants_on(subscriber, yesterday):
        return None
    at = slot(yesterday, subscriber.send_at, subscriber.timezone)
    return yesterday if since <= at and now - LATE_MOST < at else None


def first_day(subscriber: Timed, now: datetime) -> date | None:
    """Give the date from which a new subscriber gets editions: tomorrow, if today's time is past.

    None stands for today.
    """
    today = local_date(now, subscriber.timezone)
    past = slot(today, subscriber.send_at, subscriber.timezone) <= now
    return today + timedelta(days=1) if past else None


def next_slot(subscriber: Timed, now: datetime) -> datetime | None:
    """Give when a subscriber's next edition comes after ``now``; None if none ever will."""
    day = local_date(now, subscriber.timezone)
    if subscriber.paused_until and subscriber.paused_until > day:
        day = subscriber.paused_until
    try:
        for ahead in range(9):
            here = day + timedelta(days=ahead)
            if wants_on(subscriber, here):
                at = slot(here, subscriber.send_at, subscriber.timezone)
                if at > now:
                    return at
    except OverflowError:
        pass  # a pause until the year 9999: after it there is no date left
    return None


def retry_delay(attempts: int, first: timedelta, seed: str, response: str = "") -> timedelta:
    """Give how long to wait before the next attempt.

    ``first`` doubled with every attempt, at most four hours, spread by up to a quarter so that
    deliveries do not come back all at once; never less than the server asked for in words. The
    spread comes from ``seed``, so that a decision can be repeated.
    """
    grown = min(first * float(1 << min(attempts - 1, 20)), RETRY_MOST)
    spread = int.from_bytes(hashlib.sha256(f"{seed} {attempts}".encode()).digest()[:4]) / 2**32
    return max(grown * (1 + spread / 4), asked_delay(response))


def next_attempt(at: datetime, deadline: datetime, now: datetime) -> datetime | None:
    """Give when to try again: ``at``, or at the deadline for the last time; None if it is over."""
    return min(at, deadline) if now < deadline else None


def asked_delay(response: str) -> timedelta:
    """Read "try again in 5 minutes" out of a server's answer; zero where it says nothing.

    Milters that greylist write a time, 00:04:58.
    """
    found = _ASKED.search(response)
    if not found:
        return timedelta()
    number, unit, hours, minutes, seconds = found.groups()
    if unit is None:
        asked = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds))
    else:
        asked = timedelta(**{_UNITS[unit[0].lower()]: int(number)})
    return min(asked, _ASKED_MOST)
