"""In which order deliveries are read and mails made: those of a digest together, some ahead."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest

from digest import subscriptions
from digest.deliver import Desk, Patience, deliver
from digest.errors import TemplateError
from digest.model import Delivery, DeliveryStatus, Digest, Edition, Message, SendResult, Subscriber
from digest.rates import Rates
from digest.store import Store, open_store
from digest.store.digests import StoredDigest, Written
from digest.store.subscribers import Subscription
from digest.transports import Office, one_by_one
from integration.post import Pile, carry, letters, message
from integration.servers import STALL, able, scripted

NOW = datetime.fromisoformat("2026-03-02T08:00:00+00:00")
DAY = date(2026, 3, 2)
SENT = SendResult(status=DeliveryStatus.SENT, code=250, response="250 ok")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a database."""
    with open_store(tmp_path / "digest.db") as opened:
        yield opened


def written(said: str) -> Written:
    """Make a digest."""
    edition = Edition(subscriber_id="", date=DAY)
    return Written.of(Digest(edition=edition, subject=said, preheader=""))


def plan(
    store: Store, digests: Sequence[Written], now: datetime = NOW, first: int = 0, day: date = DAY
) -> None:
    """Plan an edition for a reader each, with these digests."""
    rows = []
    for number, digest in enumerate(digests, first):
        who = Subscriber(id=f"{number:03}", email=f"r{number:03}@example.org")
        store.subscribers.put(Subscription(subscriber=who))
        delivery = Delivery(
            edition=Edition(subscriber_id=who.id, date=day),
            email=who.email,
            status=DeliveryStatus.PLANNED,
            planned_at=now,
            message_id=f"<{who.id}@x>",
        )
        rows.append((digest, delivery))
    store.outbox.plan(rows)


def render(digest: Digest, subscriber: Subscriber, known: str) -> Message:
    """Give the least of a mail; one that says "wrong" cannot be made."""
    if digest.subject == "wrong":
        raise TemplateError("digest.html:1: wrong")
    return replace(message(subscriber.email), message_id=known)


class Ahead:
    """A transport that has so many messages prepared before it asks for the first."""

    def __init__(self, number: int = 0) -> None:
        """Send nothing yet."""
        self.number = number
        self.prepared: list[bool] = []
        self.sent: list[str] = []

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Have nothing to close."""

    def carry(self, office: Office) -> None:
        """Send one by one."""
        self.prepared += [office.prepare() for _ in range(self.number)]
        self.then()
        one_by_one(office, self._send)

    def then(self) -> None:
        """Do nothing between."""

    def _send(self, one: Message) -> SendResult:
        self.sent.append(one.recipient[:4])
        return SENT


def desk(store: Store, transport: Ahead, rates: Rates | None = None) -> Desk:
    """Have a desk that renders the least."""
    return Desk(
        store=store,
        render=render,
        transport=transport,
        patience=Patience(),
        now=lambda: NOW,
        rates=rates or Rates(),
    )


def test_deliveries_of_a_digest_follow_each_other(store: Store) -> None:
    """Of readers who get one of two digests in turns, those of the first go first."""
    plan(store, [written("one"), written("two")])
    one, two = written("three"), written("four")
    plan(store, [one, two, one, two], first=2)
    transport = Ahead()
    deliver(desk(store, transport))
    assert ["r000", "r001", "r002", "r004", "r003", "r005"] == transport.sent


def test_editions_of_two_days_are_read_together(store: Store) -> None:
    """What was left of yesterday goes with what is due today."""
    plan(store, [written("one")] * 3, NOW - timedelta(days=1), day=DAY - timedelta(days=1))
    plan(store, [written("two")] * 2, first=3)
    transport = Ahead()
    deliver(desk(store, transport))
    assert [f"r{number:03}" for number in range(5)] == transport.sent


def test_what_a_digest_shows_is_read_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """For 250 readers of one digest, over three pages, its content is read once."""
    asked: list[int] = []
    read = store.outbox.contents

    def counted(_: object, numbers: Iterable[int]) -> dict[int, StoredDigest]:
        known = list(numbers)
        asked.extend(known)
        return read(known)

    monkeypatch.setattr(type(store.outbox), "contents", counted)
    plan(store, [written("one")] * 250)
    deliver(desk(store, Ahead()))
    assert (1, {"sent": 250}) == (len(asked), store.outbox.counts())


@pytest.mark.parametrize(("page", "most"), [(1, 1), (1, 2), (2, 3), (100, 3), (2, 100)])
def test_each_is_sent_once_however_much_is_known(
    store: Store, monkeypatch: pytest.MonkeyPatch, page: int, most: int
) -> None:
    """With room to know of few deliveries, each is sent once, planned together or not."""
    monkeypatch.setattr("digest.dispatch._PAGE", page)
    monkeypatch.setattr("digest.dispatch._KNOWN_MOST", most)
    one, two = written("one"), written("two")
    plan(store, [one, two, one, two])
    plan(store, [one, two, one], NOW + timedelta(seconds=1), first=4)
    transport = Ahead()
    deliver(desk(store, transport))
    assert [f"r{number:03}" for number in range(7)] == sorted(transport.sent)


def test_what_is_decided_before_it_is_read_is_not_sent(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A delivery that was known to be due, and is held before its page is read, stays."""
    monkeypatch.setattr("digest.dispatch._PAGE", 1)
    plan(store, [written("one")] * 3)

    class Holding(Ahead):
        def _send(self, one: Message) -> SendResult:
            held = [Edition(subscriber_id="002", date=DAY)]
            with open_store(store.path) as other:
                other.outbox.change(DeliveryStatus.HELD, [DeliveryStatus.PLANNED], NOW, held)
            return super()._send(one)

    deliver(desk(store, Holding()))
    assert {"held": 1, "sent": 2} == store.outbox.counts()


def test_messages_are_prepared_up_to_a_few(store: Store) -> None:
    """Eight are made ahead; then each is sent once, in order."""
    plan(store, [written("one")] * 12)
    transport = Ahead(20)
    deliver(desk(store, transport))
    expected = ([True] * 8 + [False] * 12, [f"r{number:03}" for number in range(12)])
    assert expected == (transport.prepared[:20], transport.sent)


def test_nothing_is_prepared_where_rates_say_when(store: Store) -> None:
    """A turn is taken by who is sent to, not by who might be."""
    plan(store, [written("one")] * 3)
    transport = Ahead(3)
    deliver(desk(store, transport, Rates(overall=1000)))
    assert [False] * 3 == transport.prepared[:3]


def test_nothing_is_prepared_once_it_is_said_to_stop(store: Store) -> None:
    """Whoever is to end soon makes nothing for later."""
    plan(store, [written("one")] * 3)
    transport, stops = Ahead(2), iter([False, False, True])
    deliver(replace(desk(store, transport), stopped=lambda: next(stops, True)))
    assert ([True, False], []) == (transport.prepared, transport.sent)


def test_what_was_prepared_and_not_asked_for_stays_due(store: Store) -> None:
    """A run that is stopped leaves what it has prepared as it was."""
    plan(store, [written("one")] * 3)
    stops = iter([False] * 3)

    class Stopped(Ahead):
        def then(self) -> None:
            list(stops)

    at = replace(desk(store, Stopped(2)), stopped=lambda: next(stops, True))
    deliver(at)
    assert {"planned": 3} == store.outbox.counts()


def test_who_stops_after_their_mail_was_prepared_gets_none(store: Store) -> None:
    """A message that was made is not sent to an address that said stop since."""
    plan(store, [written("one")] * 3)

    class Stopping(Ahead):
        def then(self) -> None:
            with open_store(store.path) as other:
                subscriptions.stop(other, "r001@example.org", NOW)

    transport = Stopping(3)
    deliver(desk(store, transport))
    expected = (["r000", "r002"], {"sent": 2, "suppressed": 1})
    assert expected == (transport.sent, store.outbox.counts())


def test_what_cannot_be_prepared_waits_and_stops_no_other(store: Store) -> None:
    """A mail whose template is wrong is deferred when it is made ahead, too."""
    plan(store, [written("one"), written("wrong"), written("two")])
    transport = Ahead(3)
    deliver(desk(store, transport))
    expected = (["r000", "r002"], {"deferred": 1, "sent": 2})
    assert expected == (transport.sent, store.outbox.counts())


def test_messages_are_prepared_while_a_server_is_silent() -> None:
    """Between a message's end and its answer, more is prepared until there is nothing to do."""

    class Counting(Pile):
        silent = 0

        def prepare(self) -> bool:
            self.silent += len(self.left) > len(self.heard)
            return self.silent < 3

    pile = Counting(letters(1))
    with scripted(able("PIPELINING") | {".": STALL}) as there:
        carry(there.port, pile, timeout=0.3)
    assert (["uncertain"], True) == (pile.statuses, pile.silent >= 3)
