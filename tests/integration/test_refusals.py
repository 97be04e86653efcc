"""Refusals that are about us stop the run, and leave every recipient due."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest

from digest.deliver import Desk, Patience
from digest.errors import TransportError
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
        name, _, domain = message.recipient.partition("@")
        said = self.answer.format(who=message.recipient, n=f"b{name}7", domain=domain)
        return SendResult(status=DeliveryStatus.FAILED, code=550, response=said)


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


US, THEM = {"deferred": 5, "planned": 7}, {"failed": 12}
ANSWERS = {
    "550 5.7.1 your network is listed": US,
    "554 5.7.1 <{who}>: Relay access denied": US,
    "550 5.7.26 of {domain}: not authenticated a{n}-20d.{n} - gsmtp": US,
    "553 5.1.8 <digest@example.org>: Sender address rejected: Domain not found": US,
    "550 relay not permitted": US,
    "550-Verification failed for <digest@example.org> 550 Sender verify failed": US,
    "550 <{who}> is not a local user, {n}: relaying denied": US,
    "550 5.1.1 no such user": THEM,
    "550 5.1.1 <{who}>: Recipient address rejected: User unknown in relay recipient table": THEM,
    "550 no such user": THEM,
    "552 5.2.2 <{who}>: mailbox full, blocked by its quota": THEM,
}


@pytest.mark.parametrize(("answer", "expected"), ANSWERS.items(), ids=ANSWERS)
def test_a_policy_against_all_stops_the_run(
    tmp_path: Path, answer: str, expected: dict[str, int]
) -> None:
    """Five refusals in a row for one policy end the pass, and those five stay due.

    It is one policy though each answer names its recipient, and its session.
    """
    with open_store(tmp_path / "digest.db") as store:
        said = send(desk(store, Scripted(answer)), timedelta(), lambda _seconds: None)
        assert expected == store.outbox.counts()
    assert (expected == US) == said.startswith("the mail server refuses every recipient alike (55")


def test_a_policy_against_one_is_its_recipients_own(tmp_path: Path) -> None:
    """Who was refused before another was taken has failed; five in a row behind it are due."""
    with open_store(tmp_path / "digest.db") as store:
        scripted = Scripted("550 5.7.1 your network is listed", "r03@example.org")
        send(desk(store, scripted), timedelta(), lambda _seconds: None)
        assert {"deferred": 5, "failed": 3, "planned": 3, "sent": 1} == store.outbox.counts()


def test_a_refusal_is_settled_though_the_server_goes_away(tmp_path: Path) -> None:
    """Whom a refusal was about is written down at the end of a pass, however that comes."""

    class Going(Scripted):
        def send(self, message: Message) -> SendResult:
            if message.recipient == "r02@example.org":
                raise TransportError("the server went away")
            return super().send(message)

    with open_store(tmp_path / "digest.db") as store:
        going = Going("550 5.7.1 your network is listed", "r01@example.org")
        said = send(desk(store, going), timedelta(), lambda _seconds: None)
        assert ("the server went away", 1) == (said, store.outbox.counts()["failed"])


def test_what_the_operator_dropped_stays_dropped(tmp_path: Path) -> None:
    """A refusal that is about us brings back nothing that was dropped while it was open."""

    class Dropping(Scripted):
        def send(self, message: Message) -> SendResult:
            if message.recipient == "r02@example.org":
                other.outbox.change(DeliveryStatus.DROPPED, [DeliveryStatus.DEFERRED], NOW)
            return super().send(message)

    path = tmp_path / "digest.db"
    with open_store(path) as store, open_store(path) as other:
        send(desk(store, Dropping("550 5.7.1 no")), timedelta(), lambda _seconds: None)
        assert {"deferred": 3, "dropped": 2, "planned": 7} == store.outbox.counts()


def test_policies_that_differ_are_the_recipients_own(tmp_path: Path) -> None:
    """Refusals for other and other reasons stop nothing."""

    class Moody(Scripted):
        def send(self, message: Message) -> SendResult:
            odd = int(message.recipient[1:3]) % 2
            self.answer = f"550 5.7.1 your {'network' if odd else 'domain'} is listed"
            return super().send(message)

    with open_store(tmp_path / "digest.db") as store:
        assert "" == send(desk(store, Moody("")), timedelta(), lambda _seconds: None)
        assert THEM == store.outbox.counts()


def test_who_was_refused_stays_due_until_it_is_known_why(tmp_path: Path) -> None:
    """A run that is killed at the third refusal for one policy has failed nobody."""

    class Killed(Scripted):
        def send(self, message: Message) -> SendResult:
            if message.recipient == "r03@example.org":
                raise KeyboardInterrupt
            return super().send(message)

    with open_store(tmp_path / "digest.db") as store:
        with pytest.raises(KeyboardInterrupt):
            send(desk(store, Killed("550 5.7.1 no")), timedelta(), lambda _seconds: None)
        assert {"deferred": 3, "planned": 8, "submitting": 1} == store.outbox.counts()
