"""digest.plan: what is due when, over changes of the clock, and how long a retry waits."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from builders import subscriber

from digest import plan
from digest.model import Status, Subscriber

MONDAY = date(2026, 3, 2)


def utc(*parts: int) -> datetime:
    """Give an instant in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year, month, ...


@pytest.mark.parametrize(
    ("day", "send_at", "zone", "expected"),
    [
        (date(2026, 1, 5), "07:30", "UTC", utc(2026, 1, 5, 7, 30)),
        (date(2026, 1, 5), "07:30", "Europe/Berlin", utc(2026, 1, 5, 6, 30)),
        (date(2026, 7, 6), "07:30", "Europe/Berlin", utc(2026, 7, 6, 5, 30)),
        (date(2026, 1, 5), "00:00", "Asia/Tokyo", utc(2026, 1, 4, 15)),
        (date(2026, 3, 29), "02:30", "Europe/Berlin", utc(2026, 3, 29, 1)),
        (date(2026, 3, 29), "02:00", "Europe/Berlin", utc(2026, 3, 29, 1)),
        (date(2026, 3, 29), "03:00", "Europe/Berlin", utc(2026, 3, 29, 1)),
        (date(2026, 10, 25), "02:30", "Europe/Berlin", utc(2026, 10, 25, 0, 30)),
        (date(2026, 3, 8), "02:59", "America/New_York", utc(2026, 3, 8, 7)),
        (date(2026, 10, 4), "02:15", "Australia/Lord_Howe", utc(2026, 10, 3, 15, 30)),
        (date(2026, 9, 6), "00:30", "America/Santiago", utc(2026, 9, 6, 4)),
        (date(2011, 12, 30), "07:30", "Pacific/Apia", utc(2011, 12, 30, 10)),
    ],
)
def test_slot(day: date, send_at: str, zone: str, expected: datetime) -> None:
    """A time that does not exist is the first after the gap, one that comes twice the first."""
    assert expected == plan.slot(day, send_at, zone)


@pytest.mark.parametrize(
    ("zone", "expected"),
    [("UTC", MONDAY), ("Pacific/Auckland", date(2026, 3, 3)), ("Pacific/Honolulu", MONDAY)],
)
def test_local_date(zone: str, expected: date) -> None:
    """The date is that of the subscriber's zone."""
    assert expected == plan.local_date(utc(2026, 3, 2, 12), zone)


@pytest.mark.parametrize(
    ("reader", "day", "expected"),
    [
        (subscriber(), MONDAY, True),
        (subscriber(days=("tue",)), MONDAY, False),
        (subscriber(days=("mon",)), MONDAY, True),
        (subscriber(status=Status.PENDING), MONDAY, False),
        (subscriber(status=Status.PAUSED), MONDAY, False),
        (subscriber(status=Status.UNSUBSCRIBED), MONDAY, False),
        (subscriber(paused_until=date(2026, 3, 3)), MONDAY, False),
        (subscriber(paused_until=MONDAY), MONDAY, True),
    ],
)
def test_wants_on(reader: Subscriber, day: date, expected: bool) -> None:
    """An edition goes to active subscribers, on their days, once a pause is over."""
    assert expected == plan.wants_on(reader, day)


@pytest.mark.parametrize(
    ("reader", "now", "expected"),
    [
        (subscriber(), utc(2026, 3, 2, 7, 30), MONDAY),
        (subscriber(), utc(2026, 3, 2, 7, 29, 59), None),
        (subscriber(), utc(2026, 3, 2, 23, 59), MONDAY),
        (subscriber(timezone="Asia/Tokyo"), utc(2026, 3, 1, 22, 30), MONDAY),
        (subscriber(timezone="Asia/Tokyo"), utc(2026, 3, 2, 15, 0), None),
        (subscriber(days=("sun",)), utc(2026, 3, 2, 12), None),
    ],
)
def test_due_date(reader: Subscriber, now: datetime, expected: date | None) -> None:
    """An edition is due from its time on, until the local day ends."""
    assert expected == plan.due_date(reader, now)


@pytest.mark.parametrize(
    ("since", "now", "expected"),
    [
        (utc(2026, 3, 2, 23, 50), utc(2026, 3, 3, 0, 10), MONDAY),
        (utc(2026, 3, 2, 23, 50), utc(2026, 3, 3, 11, 49), MONDAY),
        (utc(2026, 3, 2, 23, 50), utc(2026, 3, 3, 11, 50), None),
        (utc(2026, 3, 3, 23, 50), utc(2026, 3, 3, 0, 10), None),
        (None, utc(2026, 3, 3, 0, 10), None),
        (utc(2026, 3, 1, 23, 50), utc(2026, 3, 2, 23, 51), MONDAY),
        (utc(2026, 2, 20, 23, 50), utc(2026, 3, 3, 0, 10), MONDAY),
    ],
)
def test_due_date_that_was_waited_for(
    since: datetime | None, now: datetime, expected: date | None
) -> None:
    """An edition whose time passed while nothing ran is due for twelve hours, if today's is not."""
    assert expected == plan.due_date(subscriber(send_at="23:50"), now, since)


@pytest.mark.parametrize(
    ("reader", "expected"),
    [
        (subscriber(send_at="12:01"), utc(2026, 3, 2, 12, 1)),
        (subscriber(send_at="12:00"), utc(2026, 3, 3, 12)),
        (subscriber(send_at="12:00", days=("mon",)), utc(2026, 3, 9, 12)),
        (subscriber(paused_until=date(2026, 5, 1)), utc(2026, 5, 1, 7, 30)),
        (subscriber(paused_until=date(2026, 5, 1), days=("thu",)), utc(2026, 5, 7, 7, 30)),
        (subscriber(status=Status.UNSUBSCRIBED), None),
        (subscriber(days=()), None),
        (subscriber(paused_until=date.max, days=("mon",)), None),
        (
            subscriber(paused_until=date.max, send_at="23:00", timezone="America/New_York"),
            None,
        ),
    ],
)
def test_next_slot(reader: Subscriber, expected: datetime | None) -> None:
    """The next edition comes after now, on the first day that is wanted."""
    assert expected == plan.next_slot(reader, utc(2026, 3, 2, 12))


@pytest.mark.parametrize(
    ("attempts", "least"), [(1, 60), (2, 120), (3, 240), (8, 7680), (9, 14400), (40, 14400)]
)
def test_retry_delay_grows(attempts: int, least: int) -> None:
    """A delay doubles up to four hours, spread by at most a quarter."""
    delay = plan.retry_delay(attempts, timedelta(seconds=60), "seed").total_seconds()
    assert least <= delay <= least * 1.25


def test_retry_delay_repeats_and_spreads() -> None:
    """One seed always gives the same delay; a hundred seeds give a hundred delays."""
    first = [plan.retry_delay(2, timedelta(minutes=1), str(n)) for n in range(100)]
    again = [plan.retry_delay(2, timedelta(minutes=1), str(n)) for n in range(100)]
    assert (first, 100) == (again, len(set(first)))


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ("450 4.7.1 Greylisted, please try again in 5 minutes", timedelta(minutes=5)),
        ("451 retry after 300 seconds", timedelta(minutes=5)),
        ("try again in 2 h", timedelta(hours=2)),
        ("451 Greylisting in action, please come back in 00:04:58", timedelta(seconds=298)),
        ("450 4.2.0 Greylisted for 300 seconds", timedelta(seconds=300)),
        ("try again in 1 day", timedelta(days=1)),
        ("try again in 999999999 days", timedelta(days=1)),
        ("450 back at 7:00 on day 3", timedelta()),
        ("450 try again after 23:59:59 UTC", timedelta()),
        ("421 Try again later. (EHLO) 4d-20020a05600c gsmtp", timedelta()),
        ("451 backend overloaded, error 7 s", timedelta()),
        ("wait 30s", timedelta(seconds=30)),
        ("try again in 99999 hours", timedelta(days=1)),
        ("450 try again later", timedelta()),
        ("", timedelta()),
    ],
)
def test_asked_delay(response: str, expected: timedelta) -> None:
    """A server's own words say how long to wait, up to a day."""
    assert expected == plan.asked_delay(response)


def test_retry_waits_as_long_as_asked() -> None:
    """The server's wish is kept where it is longer than ours."""
    delay = plan.retry_delay(1, timedelta(seconds=60), "seed", "try again in 3 hours")
    assert timedelta(hours=3) == delay
