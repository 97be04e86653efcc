"""Refusals that are about us stop the run, and leave every recipient due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest

from digest.deliver import Desk, Patience
from digest.model import (
    Delivery,
    DeliveryStatus,
    Digest,
    Edition,
    Message,
    SendResult,
    Subscriber,
)
from digest.pipeline import send
from digest.store import Store, open_store
from digest.store.subscribers import Subscription
from digest.transports import Office, one_by_one

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Scripted:
    """A transport that gives the same answer to everybody but the people it likes."""

    def __init__(self, answer: str, liked: str = "") -> None:
        """Answer with ``answer``."""
        self.answer, self.liked = answer, liked

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Have nothing to close."""

    def carry(self, office: Office) -> None:
        """Answer one by one."""
        one_by_one(office, self.send)

    def send(self, message: Message) -> SendResult:
        """Accept those it likes, refuse all others."""
        if message.recipient == self.liked:
            return SendResult(status=DeliveryStatus.SENT, code=250, response="250 ok")
        return SendResult(status=DeliveryStatus.FAILED, code=550, response=self.answer)


def desk(store: Store, transport: Scripted) -> Desk:
    """Plan an edition for each of twelve subscribers."""
    for number in range(12):
        who = Subscriber(id=f"{number:02}", email=f"r{number:02}@example.org")
        store.subscribers.put(Subscription(subscriber=who, fingerprint="", place=""))
        edition = Edition(subscriber_id=who.id, date=date(2026, 3, 2))
        delivery = Delivery(
            edition=edition,
            email=who.email,
            status=DeliveryStatus.PLANNED,
            planned_at=NOW,
            message_id=f"<{number}@example.org>",
        )
        store.outbox.plan([(Digest(edition=edition, subject="s", preheader="p"), delivery)])
    return Desk(store=store, render=render, transport=transport, patience=Patience(), now=now)


def now() -> datetime:
    """Stand still."""
    return NOW


def render(digest: Digest, subscriber: Subscriber, known_id: str) -> Message:
    """Give the least of a mail."""
    del digest
    return Message(
        message_id=known_id,
        sender="digest@example.org",
        recipient=subscriber.email,
        subject="s",
        content=b"",
    )


@pytest.mark.parametrize(
    ("answer", "liked", "expected"),
    [
        ("550 5.7.1 your network is listed", "", {"deferred": 5, "planned": 7}),
        ("550 5.7.1 your network is listed", "r03@example.org", {"deferred": 5, "failed": 3}),
        ("550 5.1.1 no such user", "", {"failed": 12}),
    ],
)
def test_a_policy_against_all_stops_the_run(
    tmp_path: Path, answer: str, liked: str, expected: dict[str, int]
) -> None:
    """Five refusals in a row for one policy end the pass, and those five stay due."""
    with open_store(tmp_path / "digest.db") as store:
        send(desk(store, Scripted(answer, liked)), timedelta(), lambda _seconds: None)
        counts = store.outbox.counts()
    assert expected == {status: counts[status] for status in expected}
