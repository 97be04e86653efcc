"""When sources are expected to bring something new. Pure; ``now`` is passed in.

arXiv announces at 20:00 Eastern, Sunday to Thursday, what was submitted up to 14:00 Eastern; its
feeds change at the following midnight (https://info.arxiv.org/help/availability.html). Holidays
are not known here: a day without an announcement then looks late, and is said to be.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")
_FEEDS_CHANGE = time(0, 0)
_FEEDS_READY = timedelta(hours=1)
_SUBMISSION_CLOSES = time(14, 0)
_FRIDAY, _SATURDAY = 4, 5


def arxiv_day(now: datetime) -> date:
    """Give the last date whose feed must be out: a weekday, an hour after Eastern midnight."""
    day = (now.astimezone(EASTERN) - _FEEDS_READY).date()
    while day.weekday() >= _SATURDAY:
        day -= timedelta(days=1)
    return day


def arxiv_due(now: datetime) -> datetime:
    """Give the instant at which arXiv's feeds last had to change."""
    return datetime.combine(arxiv_day(now), _FEEDS_CHANGE, tzinfo=EASTERN).astimezone(UTC)


def arxiv_listed(now: datetime) -> bool:
    """Whether arXiv's feeds hold the last announcement: not at weekends, when they are empty."""
    return (now.astimezone(EASTERN) - _FEEDS_READY).weekday() <= _FRIDAY


def arxiv_days(since: date, now: datetime) -> tuple[date, ...]:
    """List the weekdays after ``since`` whose feeds must be out: the announcement days."""
    last = arxiv_day(now)
    days = (since + timedelta(days=ahead) for ahead in range(1, (last - since).days + 1))
    return tuple(day for day in days if day.weekday() <= _FRIDAY)


def arxiv_submissions(day: date) -> tuple[datetime, datetime]:
    """Give the span of submissions that the feed of ``day`` announces.

    From 14:00 Eastern two working days before to 14:00 the working day before; Monday's feed
    announces Thursday 14:00 to Friday 14:00.
    """
    last = _working_day_before(day)
    first = _working_day_before(last)
    opens, closes = (
        datetime.combine(at, _SUBMISSION_CLOSES, tzinfo=EASTERN).astimezone(UTC)
        for at in (first, last)
    )
    return opens, closes


def _working_day_before(day: date) -> date:
    before = day - timedelta(days=1)
    while before.weekday() > _FRIDAY:
        before -= timedelta(days=1)
    return before


def weekday_due(now: datetime) -> datetime:
    """Give the start of the last whole weekday in UTC; a daily listing has changed since then."""
    day = now.astimezone(UTC).date() - timedelta(days=1)
    while day.weekday() > _FRIDAY:
        day -= timedelta(days=1)
    return datetime.combine(day, time(), tzinfo=UTC)


def weekday(now: datetime) -> date:
    """Give the last whole weekday in UTC."""
    return weekday_due(now).date()


def weekday_listed(now: datetime) -> bool:
    """Whether a listing of the running day holds the last whole one: never for sure."""
    del now
    return False


def weekdays(since: date, now: datetime) -> tuple[date, ...]:
    """List the whole weekdays after ``since``."""
    last = weekday(now)
    days = (since + timedelta(days=ahead) for ahead in range(1, (last - since).days + 1))
    return tuple(day for day in days if day.weekday() <= _FRIDAY)
