"""In which order deliveries are read and mails made: those of a digest together, some ahead."""

from __future__ import annotations

import gc
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from digest import subscriptions
from digest.deliver import Desk, Patience, deliver
from digest.errors import TemplateError
from digest.model import Delivery, DeliveryStatus, Digest, Edition, Message, SendResult, Subscriber
from digest.rates import Rates
from digest.store import Store, open_store
from digest.store.digests import StoredDigest, Written
from digest.store.subscribers import Subscription
from digest.transports import Answer, Office, one_by_one
from integration.post import Pile, carry, letters, message
from integration.servers import able, scripted

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
        self.sent: list[str] = []

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Have nothing to close."""

    def carry(self, office: Office) -> None:
        """Send one by one."""
        office.prepare(self.number)
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
    transport = Ahead(8)
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


def hold(store: Store, *numbers: int) -> None:
    """Have another process hold what is planned for some readers."""
    held = [Edition(subscriber_id=f"{number:03}", date=DAY) for number in numbers]
    with open_store(store.path) as other:
        other.outbox.change(DeliveryStatus.HELD, [DeliveryStatus.PLANNED], NOW, held)


def test_a_page_of_which_nothing_is_left_ends_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After pages whose deliveries were all held meanwhile, the same pass goes on."""
    monkeypatch.setattr("digest.dispatch._PAGE", 1)
    plan(store, [written("one")] * 5)
    sent: list[int] = []

    class Holding(Ahead):
        def carry(self, office: Office) -> None:
            office.prepare(1)
            hold(store, 1, 2)
            super().carry(office)
            sent.append(len(self.sent))

    deliver(desk(store, Holding()))
    assert 3 == sent[0]


def test_what_is_held_as_a_page_is_read_is_not_sent(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who writes just after a page was read is noticed before its mails leave."""
    plan(store, [written("one")] * 2)
    read = store.outbox.read

    def and_held(_: object, *given: Any, **named: Any) -> Sequence[Delivery]:  # noqa: ANN401 as it takes
        found = read(*given, **named)
        hold(store, 1)
        return found

    monkeypatch.setattr(type(store.outbox), "read", and_held)
    transport = Ahead()
    deliver(desk(store, transport))
    assert ["r000"] == transport.sent


def test_each_gets_the_digest_as_their_own_edition(store: Store) -> None:
    """Readers of one digest have it as of their own edition, and are told that it is shared."""
    plan(store, [written("one")] * 3)
    plan(store, [written("two")], first=3)
    seen: list[tuple[str, str, bool]] = []

    def look(digest: Digest, subscriber: Subscriber, known: str) -> Message:
        seen.append((subscriber.id, digest.edition.subscriber_id, digest.shared))
        return render(digest, subscriber, known)

    deliver(replace(desk(store, Ahead()), render=look))
    expected = [(f"{n:03}", f"{n:03}", n < 3) for n in range(4)]
    assert expected == seen


def test_digests_that_were_sent_are_forgotten(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a hundred digests a pass holds those of the last page of ten, and of the one before."""
    monkeypatch.setattr("digest.dispatch._PAGE", 10)
    plan(store, [written(str(number)) for number in range(100)])
    alive: list[int] = []

    def look(delivery: Delivery, result: SendResult) -> None:
        del result
        if delivery.edition.subscriber_id == "099":
            alive.append(sum(isinstance(one, StoredDigest) for one in gc.get_objects()))

    deliver(replace(desk(store, Ahead()), told=look))
    assert [True] == [number <= 20 for number in alive]


class Counting(Ahead):
    """Says how many mails were made, and what was decided, before it asks for the first."""

    made = 0

    def __init__(self, number: int, store: Store) -> None:
        """Look into a store."""
        super().__init__(number)
        self.store = store
        self.before: list[tuple[int, int]] = []

    def then(self) -> None:
        """Count."""
        self.before.append((self.made, self.store.outbox.counts().get("suppressed", 0)))

    def render(self, digest: Digest, subscriber: Subscriber, known: str) -> Message:
        """Make a mail."""
        self.made += 1
        return render(digest, subscriber, known)


def prepared(store: Store, number: int, **given: Any) -> Counting:  # noqa: ANN401 as a desk takes
    """Deliver with so many prepared."""
    transport = Counting(number, store)
    deliver(replace(desk(store, transport), render=transport.render, **given))
    return transport


def test_as_many_messages_are_prepared_as_are_wished(store: Store) -> None:
    """Three are made before the first is asked for; then each is made and sent once, in order."""
    plan(store, [written("one")] * 5)
    transport = prepared(store, 3)
    expected = ((3, 0), 5, [f"r{number:03}" for number in range(5)])
    assert expected == (transport.before[0], transport.made, transport.sent)


def test_nothing_is_prepared_where_rates_say_when(store: Store) -> None:
    """A turn is taken by who is sent to, not by who might be."""
    plan(store, [written("one")] * 3)
    assert (0, 0) == prepared(store, 3, rates=Rates(overall=1000)).before[0]


def test_nothing_is_prepared_once_it_is_said_to_stop(store: Store) -> None:
    """Whoever is to end soon makes nothing for later."""
    plan(store, [written("one")] * 3)
    stops = iter([False, False, True])
    transport = prepared(store, 2, stopped=lambda: next(stops, True))
    assert ([(1, 0)], []) == (transport.before, transport.sent)


def test_no_more_are_prepared_than_are_wished(store: Store) -> None:
    """Those that are ready count, however often it is asked."""
    plan(store, [written("one")] * 9)

    class Again(Counting):
        def carry(self, office: Office) -> None:
            office.prepare(self.number)
            super().carry(office)

    transport = Again(3, store)
    deliver(replace(desk(store, transport), render=transport.render))
    assert (3, 0) == transport.before[0]


def test_preparing_goes_on_past_those_who_get_nothing(store: Store) -> None:
    """Who may not be mailed is settled on the way."""
    plan(store, [written("one")] * 9)
    for number in range(5):
        subscriptions.stop(store, f"r{number:03}@example.org", NOW)
    transport = prepared(store, 3)
    expected = ((3, 5), [f"r{number:03}" for number in range(5, 9)])
    assert expected == (transport.before[0], transport.sent)


def test_preparing_takes_a_moment_at_most(store: Store) -> None:
    """However slowly mails are made, servers are listened to between a few of them."""
    plan(store, [written("one")] * 9)

    class Slow(Counting):
        def render(self, digest: Digest, subscriber: Subscriber, known: str) -> Message:
            time.sleep(0.04)
            return super().render(digest, subscriber, known)

    transport = Slow(9, store)
    deliver(replace(desk(store, transport), render=transport.render))
    assert (True, 9) == (1 <= transport.before[0][0] <= 3, len(transport.sent))


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


@pytest.mark.parametrize(("page", "who"), [(1, 0), (100, 1)])
def test_who_stops_between_two_that_are_prepared_gets_none(
    store: Store, monkeypatch: pytest.MonkeyPatch, page: int, who: int
) -> None:
    """A message is as old as the page it was read with: not as the last page, nor as the moment."""
    monkeypatch.setattr("digest.dispatch._PAGE", page)
    plan(store, [written("one")] * 3)

    class Stopping(Ahead):
        def carry(self, office: Office) -> None:
            office.prepare(1)
            with open_store(store.path) as other:
                subscriptions.stop(other, f"r{who:03}@example.org", NOW)
            office.prepare(2)
            super().carry(office)

    transport = Stopping()
    deliver(desk(store, transport))
    assert [f"r{at:03}" for at in range(3) if at != who] == transport.sent


def test_what_cannot_be_prepared_waits_and_stops_no_other(store: Store) -> None:
    """A mail whose template is wrong is deferred when it is made ahead, too."""
    plan(store, [written("one"), written("wrong"), written("two")])
    transport = Ahead(3)
    deliver(desk(store, transport))
    expected = (["r000", "r002"], {"deferred": 1, "sent": 2})
    assert expected == (transport.sent, store.outbox.counts())


@pytest.mark.parametrize("damaged", ["'{'", "CAST(x'7bff' AS TEXT)", "replace(content, 't', '')"])
def test_a_damaged_digest_waits_and_stops_no_other(store: Store, damaged: str) -> None:
    """Where the database holds a digest no more, its edition alone waits, and says so."""
    plan(store, [written("one"), written("two"), written("three")])
    with closing(sqlite3.connect(store.path)) as other, other:
        other.execute(f"UPDATE digests SET content = {damaged} WHERE content LIKE '%two%'")
    transport = Ahead()
    deliver(desk(store, transport))
    waits = [row.response for row in store.outbox.all([DeliveryStatus.DEFERRED])]
    said = "the digest of 2026-03-02: damaged in the database; restore it from a backup"
    assert (["r000", "r002"], [f"not rendered: {said}"]) == (transport.sent, waits)


def test_there_is_a_message_for_each_connection_before_any_leaves() -> None:
    """What is to leave at once is made before, so that no server waits for another's mail."""
    wished: list[int] = [0]
    had: list[bool] = []

    class Noting(Pile):
        def prepare(self, number: int) -> None:
            wished.append(number)

        def mark(self, answers: Sequence[Answer], leaving: Sequence[Message]) -> Sequence[bool]:
            had.append(len(leaving) <= wished[-1])
            return super().mark(answers, leaving)

    with scripted(able("PIPELINING")) as there:
        carry(there.port, Noting(letters(9)), connections=3)
    assert ([1, 3], {True}) == ([wished[1], max(wished)], set(had))


def test_who_waits_to_leave_is_not_out_of_time() -> None:
    """A server owes nothing while mails are made for the others, however long that takes."""

    class Slow(Pile):
        def next(self, connection: int) -> Message | None:
            time.sleep(0.15)
            return super().next(connection)

    pile = Slow(letters(12))
    with scripted(able("PIPELINING")) as there:
        carry(there.port, pile, connections=4, timeout=0.3)
    assert ["sent"] * 12 == pile.statuses


def test_what_was_answered_is_marked_whatever_goes_wrong() -> None:
    """An error in making the next message loses no answer: that mail would be sent twice."""

    class Wrong(Pile):
        def next(self, connection: int) -> Message | None:
            if self.left:
                raise KeyError("digest")
            return super().next(connection)

    pile = Wrong(letters(2))
    with scripted(able()) as there, pytest.raises(KeyError):
        carry(there.port, pile)
    assert ["sent"] == pile.statuses
