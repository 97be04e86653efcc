"""Two years of a daemon's clock in twelve time zones: an edition each, whatever the clock does.

The years hold 29 February, and every change of the clock that the zones know. The machine sleeps,
its clock is put forward by mistake, and set back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest
from builders import subscriber

from digest import plan, timetable
from digest.model import WEEKDAYS, Delivery, DeliveryStatus, Digest, Edition, Subscriber
from digest.store import Store, open_store
from digest.store.digests import Written
from digest.store.subscribers import Subscription

# With changes at midnight, of half an hour, in the other half of the year, and at the date line.
ZONES = (
    "UTC Europe/Berlin Europe/London America/New_York America/Santiago America/St_Johns "
    "Africa/Cairo Asia/Kathmandu Asia/Kolkata Australia/Lord_Howe Pacific/Auckland "
    "Pacific/Kiritimati"
).split()
WORKDAYS = WEEKDAYS[:5]
RHYTHMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("02:30", WEEKDAYS),
    ("23:59", WORKDAYS),
    ("00:00", ("sun",)),
    ("23:45", ("mon",)),
)
FIRST, LAST = date(2027, 1, 1), date(2028, 12, 31)
STEP, SLEEP = timedelta(minutes=100), timedelta(hours=8)
COUNT = 17_532  # editions, of 48 subscribers
EDGE = timedelta(days=2)  # the clock runs before and after, so that each zone has its dates whole


def readers() -> list[Subscriber]:
    """Make a subscriber for each zone and rhythm."""
    return [
        subscriber(id=f"{zone} {at}", email=f"{n}@e.org", timezone=zone, send_at=at, days=days)
        for n, (zone, (at, days)) in enumerate((z, r) for z in ZONES for r in RHYTHMS)
    ]


def looks() -> Iterator[datetime]:
    """Give the times that the clock shows when the daemon looks: now and then, with accidents."""
    chance = Random(29)
    now = datetime(2027, 1, 1, tzinfo=UTC) - EDGE
    end = datetime(2029, 1, 1, tzinfo=UTC) + EDGE
    while now < end:
        yield now
        now += STEP
        match chance.randrange(80):
            case 0 | 1 | 2:
                now += SLEEP
            case 3:
                now -= timedelta(minutes=chance.choice((1, 60, 90, 3 * 24 * 60)))
            case 4:
                yield now + timedelta(days=chance.choice((1, 2, 9)))  # put right the next time


def edition_of(reader: Subscriber, edition: Edition, now: datetime) -> tuple[Written, Delivery]:
    """Make an edition with nothing in it."""
    empty = Digest(edition=edition, subject="", preheader="", sections=())
    return Written.of(empty), Delivery(
        edition=edition,
        email=reader.email,
        status=DeliveryStatus.SKIPPED,
        planned_at=now,
        message_id="",
    )


def serve(store: Store) -> Iterator[tuple[datetime, Subscriber, Edition]]:
    """Let the two years go by; gives each edition as it is planned, by the clock's own time."""
    known = {reader.id: reader for reader in readers()}
    with store.transaction():  # one for all: what is committed when is not looked at here
        for now in looks():
            found = [(known[one.subscriber_id], one) for one in timetable.due(store, now)]
            if found:
                assert len(found) == store.outbox.plan(edition_of(*row, now) for row in found)
            yield from ((now, *row) for row in found)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Have a database with all subscribers."""
    with open_store(tmp_path / "digest.db") as opened:
        with opened.transaction():
            for reader in readers():
                opened.subscribers.put(Subscription(subscriber=reader, fingerprint="", place=""))
        yield opened


def wanted() -> Counter[tuple[str, date]]:
    """Count the editions that the calendar asks for: one a wanted date."""
    days = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    return Counter(
        (reader.id, day)
        for reader in readers()
        for day in days
        if WEEKDAYS[day.weekday()] in reader.days
    )


def test_two_years_in_twelve_zones(store: Store) -> None:
    """Each wanted date has one edition: not before its time, and at most a sleep later."""
    made: Counter[tuple[str, date]] = Counter()
    wrong = []
    for now, reader, edition in serve(store):
        made[reader.id, edition.date] += FIRST <= edition.date <= LAST
        local = now.astimezone(ZoneInfo(reader.timezone))
        late = now - plan.slot(edition.date, reader.send_at, reader.timezone)
        first = local.fold == 0  # an hour that comes twice is over once it comes again
        early = first and (local.date(), f"{local:%H:%M}") < (edition.date, reader.send_at)
        if early or late > timedelta(days=1):
            wrong.append((now, reader.id, edition.date))
    leap = sum(day == date(2028, 2, 29) for _, day in made)
    assert ([], wanted()) == (wrong, +made)
    assert (COUNT, 12 * 2) == (made.total(), leap)
