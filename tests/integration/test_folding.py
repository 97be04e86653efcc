"""Marks not folded into their deliveries yet: whoever reads or changes a status sees them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from digest.deliver import deliver
from digest.model import Delivery, DeliveryStatus, Digest, Edition, Message, SendResult
from digest.store import Store, open_store
from digest.transports import Answer, Office
from integration.conftest import Clock
from integration.test_marks import Watching, desk, many, plan

PLANNED, SUBMITTING, SENT = (
    DeliveryStatus.PLANNED,
    DeliveryStatus.SUBMITTING,
    DeliveryStatus.SENT,
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a database."""
    with open_store(tmp_path / "digest.db") as opened:
        yield opened


@pytest.fixture
def marked(store: Store, clock: Clock) -> Store:
    """Have one delivery sent, one leaving and one planned, by marks alone, as after a kill."""
    plan(store, clock, *many(3))
    due = store.outbox.due(clock(), uncertain=True, limit=3)
    first, second, _ = store.outbox.read(due, clock(), uncertain=True)
    with store.transaction():
        store.outbox.mark([], [first], clock())
    with store.transaction():
        store.outbox.mark([(first, "250 ok")], [second], clock())
    return store


def test_what_a_kill_left_is_counted_as_it_was(marked: Store) -> None:
    """Another process counts what was sent and what was leaving, though nobody folded it."""
    with open_store(marked.path) as other:
        assert {"planned": 1, "sent": 1, "submitting": 1} == other.outbox.counts()


def test_what_a_kill_left_leaving_becomes_uncertain(marked: Store, clock: Clock) -> None:
    """Of the marks that a kill left, what had no answer is in doubt, and it alone."""
    with open_store(marked.path) as other:
        found = other.outbox.recover(clock())
        assert (1, {"planned": 1, "sent": 1, "uncertain": 1}) == (found, other.outbox.counts())


def test_what_was_sent_cannot_be_held(marked: Store, clock: Clock) -> None:
    """An operator who holds all that is planned holds what is, not what left meanwhile."""
    with open_store(marked.path) as other:
        held = other.outbox.change(DeliveryStatus.HELD, [PLANNED], clock())
    assert (1, {"held": 1, "sent": 1, "submitting": 1}) == (held, marked.outbox.counts())


def test_what_was_sent_is_in_the_archive_at_once(marked: Store) -> None:
    """A reader of the archive sees what left, though its mark is not folded yet."""
    assert ["000", "001"] == [who for who in ("000", "001", "002") if marked.sent.list(who, 9)]


def test_what_left_keeps_the_address_that_it_went_to(marked: Store) -> None:
    """Who moves takes along what is planned, not what was sent though its mark is not folded."""
    for who in ("000", "002"):
        marked.outbox.readdress(who, "new@example.org")
    rows = sorted(marked.outbox.all(), key=lambda row: row.edition.subscriber_id)
    assert ["r000@example.org", "r001@example.org", "new@example.org"] == [r.email for r in rows]


def test_a_mark_has_all_that_its_delivery_shows(marked: Store) -> None:
    """Folded, a delivery has its status, attempts and the server's words."""
    rows = sorted(marked.outbox.all(), key=lambda row: row.email)
    expected = [(SENT, 1, "250 ok"), (SUBMITTING, 1, ""), (PLANNED, 0, "")]
    assert expected == [(row.status, row.attempts, row.response) for row in rows]


class Refusing(Watching):
    """A transport that has all messages out before the first is refused: there is no such box."""

    def carry(self, office: Office) -> None:
        """Refuse the first, then let the others leave."""
        out = [one for one in iter(lambda: office.next(1), None) if isinstance(one, Message)]
        if not out:
            return
        first, *others = out
        office.mark((), [first])
        said = SendResult(status=DeliveryStatus.FAILED, code=550, response="550 5.1.1 nobody")
        may = office.mark([Answer(first, said)], others)
        self.sent = [one.recipient for one, allowed in zip(others, may, strict=True) if allowed]
        office.mark(
            [
                Answer(one, SendResult(status=SENT, code=250, response="250 ok"))
                for one, allowed in zip(others, may, strict=True)
                if allowed
            ],
            (),
        )


def test_an_address_refused_is_not_tried_again_in_the_pass(store: Store, clock: Clock) -> None:
    """Another edition for an address that was just suppressed does not leave, though read."""
    plan(store, clock, *many(2))
    edition = Edition(subscriber_id="000", date=date(2026, 3, 3))
    later = Delivery(
        edition=edition,
        email=many(1)[0],
        status=PLANNED,
        planned_at=clock(),
        message_id="<later@x>",
    )
    store.outbox.plan([(Digest(edition=edition, subject="s", preheader="p"), later)])
    refusing = Refusing(lambda _: None)
    deliver(desk(store, refusing, clock))
    assert (["r001@example.org"], {"failed": 1, "sent": 1, "suppressed": 1}) == (
        refusing.sent,
        store.outbox.counts(),
    )
