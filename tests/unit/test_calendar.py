"""digest.calendar: days of arXiv's feeds, the submissions they announce, and weekdays in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import calendar

MONDAY = date(2026, 3, 2)
TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (MONDAY + timedelta(days=ahead) for ahead in range(1, 5))
LAST_FRIDAY = date(2026, 2, 27)

days = st.dates(date(2024, 1, 1), date(2035, 12, 31))
instants = st.datetimes(datetime(2024, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 hypothesis adds the zone
announced = days.filter(lambda day: day.weekday() < 5)


def utc(*parts: int) -> datetime:
    """Give an instant in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]  # year, month, ...


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (utc(2026, 3, 1, 12), LAST_FRIDAY),
        (utc(2026, 3, 2, 4, 59), LAST_FRIDAY),
        (utc(2026, 3, 2, 5, 0), LAST_FRIDAY),
        (utc(2026, 3, 2, 5, 59, 59), LAST_FRIDAY),
        (utc(2026, 3, 2, 6, 0), MONDAY),
        (utc(2026, 3, 3, 5, 59), MONDAY),
        (utc(2026, 3, 3, 6, 0), TUESDAY),
        (utc(2026, 3, 4, 12), WEDNESDAY),
        (utc(2026, 3, 5, 12), THURSDAY),
        (utc(2026, 3, 6, 6, 0), FRIDAY),
        (utc(2026, 3, 7, 12), FRIDAY),
        (utc(2026, 3, 8, 12), FRIDAY),
        (utc(2026, 3, 9, 4, 59), FRIDAY),
        (utc(2026, 3, 9, 5, 0), date(2026, 3, 9)),
        (utc(2026, 10, 30, 5, 0), date(2026, 10, 30)),
        (utc(2026, 11, 2, 5, 59), date(2026, 10, 30)),
        (utc(2026, 11, 2, 6, 0), date(2026, 11, 2)),
    ],
)
def test_arxiv_day(now: datetime, expected: date) -> None:
    """A weekday's feed must be out an hour after Eastern midnight, in summer and in winter."""
    assert expected == calendar.arxiv_day(now)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (utc(2026, 3, 1, 12), utc(2026, 2, 27, 5)),
        (utc(2026, 3, 2, 5, 30), utc(2026, 2, 27, 5)),
        (utc(2026, 3, 2, 6), utc(2026, 3, 2, 5)),
        (utc(2026, 3, 8, 12), utc(2026, 3, 6, 5)),
        (utc(2026, 3, 9, 5), utc(2026, 3, 9, 4)),
        (utc(2026, 7, 3, 23), utc(2026, 7, 3, 4)),
        (utc(2026, 11, 1, 12), utc(2026, 10, 30, 4)),
        (utc(2026, 11, 2, 6), utc(2026, 11, 2, 5)),
    ],
)
def test_arxiv_due(now: datetime, expected: datetime) -> None:
    """The feeds last changed at the Eastern midnight that began the last day to be out."""
    assert expected == calendar.arxiv_due(now)


@pytest.mark.parametrize(
    ("since", "now", "expected"),
    [
        (MONDAY, utc(2026, 3, 2, 12), ()),
        (MONDAY, utc(2026, 3, 3, 5, 59), ()),
        (MONDAY, utc(2026, 3, 3, 6), (TUESDAY,)),
        (LAST_FRIDAY, utc(2026, 3, 1, 12), ()),
        (LAST_FRIDAY, utc(2026, 3, 2, 12), (MONDAY,)),
        (date(2026, 2, 28), utc(2026, 3, 3, 12), (MONDAY, TUESDAY)),
        (FRIDAY, utc(2026, 3, 2, 12), ()),
    ],
)
def test_arxiv_days(since: date, now: datetime, expected: tuple[date, ...]) -> None:
    """The announcement days after a date are the weekdays whose feeds must be out."""
    assert expected == calendar.arxiv_days(since, now)


def test_arxiv_days_of_an_outage() -> None:
    """After ten days without a pull, every weekday missed is listed, oldest first."""
    assert (
        FRIDAY,
        date(2026, 3, 9),
        date(2026, 3, 10),
        date(2026, 3, 11),
        date(2026, 3, 12),
        date(2026, 3, 13),
    ) == calendar.arxiv_days(THURSDAY, utc(2026, 3, 15, 12))


@pytest.mark.parametrize(
    ("day", "opens", "closes"),
    [
        (MONDAY, utc(2026, 2, 26, 19), utc(2026, 2, 27, 19)),
        (TUESDAY, utc(2026, 2, 27, 19), utc(2026, 3, 2, 19)),
        (WEDNESDAY, utc(2026, 3, 2, 19), utc(2026, 3, 3, 19)),
        (THURSDAY, utc(2026, 3, 3, 19), utc(2026, 3, 4, 19)),
        (FRIDAY, utc(2026, 3, 4, 19), utc(2026, 3, 5, 19)),
        (date(2026, 3, 9), utc(2026, 3, 5, 19), utc(2026, 3, 6, 19)),
        (date(2026, 3, 10), utc(2026, 3, 6, 19), utc(2026, 3, 9, 18)),
        (date(2026, 11, 3), utc(2026, 10, 30, 18), utc(2026, 11, 2, 19)),
    ],
)
def test_arxiv_submissions(day: date, opens: datetime, closes: datetime) -> None:
    """A feed announces 14:00 Eastern two working days before to 14:00 the working day before."""
    assert (opens, closes) == calendar.arxiv_submissions(day)


@given(announced)
def test_submissions_meet(day: date) -> None:
    """The submissions of an announcement day begin where those of the day before end."""
    following = day + timedelta(days=3 if day.weekday() == 4 else 1)
    assert calendar.arxiv_submissions(day)[1] == calendar.arxiv_submissions(following)[0]


@given(announced)
def test_submissions_are_over_before_the_feed(day: date) -> None:
    """The submissions of a feed have closed, after they opened, before it must be out."""
    opens, closes = calendar.arxiv_submissions(day)
    changes = calendar.arxiv_due(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    assert opens < closes < changes


@given(instants)
def test_arxiv_day_and_due_agree(now: datetime) -> None:
    """A feed is looked for at least an hour, and at most a weekend, after it had to change."""
    waited = now - calendar.arxiv_due(now)
    assert timedelta(hours=1) <= waited < timedelta(days=3, hours=2)


@given(days, st.integers(0, 40), st.integers(0, 40))
def test_arxiv_days_add_up(since: date, first: int, more: int) -> None:
    """Two outages in a row miss what one outage over both misses."""
    noon = utc(since.year, since.month, since.day, 12)
    between, now = noon + timedelta(days=first), noon + timedelta(days=first + more)
    early = calendar.arxiv_days(since, between)
    late = calendar.arxiv_days(early[-1] if early else since, now)
    assert calendar.arxiv_days(since, now) == early + late


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (utc(2026, 3, 2, 0), LAST_FRIDAY),
        (utc(2026, 3, 2, 23, 59), LAST_FRIDAY),
        (utc(2026, 3, 3, 0), MONDAY),
        (utc(2026, 3, 6, 12), THURSDAY),
        (utc(2026, 3, 7, 0), FRIDAY),
        (utc(2026, 3, 8, 12), FRIDAY),
        (utc(2026, 3, 9, 12), FRIDAY),
    ],
)
def test_weekday(now: datetime, expected: date) -> None:
    """The last whole weekday is over in UTC; at a weekend and on Monday it is Friday."""
    assert expected == calendar.weekday(now)


@given(instants)
def test_weekday_due(now: datetime) -> None:
    """A daily listing has changed since the midnight that began the last whole weekday."""
    day = calendar.weekday(now)
    assert utc(day.year, day.month, day.day) == calendar.weekday_due(now)


@pytest.mark.parametrize(
    ("since", "now", "expected"),
    [
        (LAST_FRIDAY, utc(2026, 3, 2, 23), ()),
        (LAST_FRIDAY, utc(2026, 3, 3, 0), (MONDAY,)),
        (THURSDAY, utc(2026, 3, 8, 12), (FRIDAY,)),
        (THURSDAY, utc(2026, 3, 11, 0), (FRIDAY, date(2026, 3, 9), date(2026, 3, 10))),
        (FRIDAY, utc(2026, 3, 3, 12), ()),
    ],
)
def test_weekdays(since: date, now: datetime, expected: tuple[date, ...]) -> None:
    """The whole weekdays after a date are listed, oldest first, without weekends."""
    assert expected == calendar.weekdays(since, now)
