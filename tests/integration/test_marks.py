"""What is marked before and after a message, at the last moment and on a full disk; and rates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest

from digest import subscriptions
from digest.deliver import Desk, Patience, deliver
from digest.errors import StoreError, TransportError
from digest.model import (
    Delivery,
    DeliveryStatus,
    Digest,
    Edition,
    Message,
    SendResult,
    Subscriber,
)
from digest.rates import Rates
from digest.store import Store, open_store
from digest.store.subscribers import Subscription
from digest.syncing import Safety
from digest.transports import Office, one_by_one
from digest.transports.smtp import Server, SmtpTransport
from integration.conftest import Clock, taking_once
from integration.post import message
from integration.servers import LOOPBACK, Scripted, able, scripted

PIPELINED = able("PIPELINING")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Open a database."""
    with open_store(tmp_path / "digest.db") as opened:
        yield opened


def plan(store: Store, clock: Clock, *emails: str) -> None:
    """Plan an edition for each address."""
    for number, email in enumerate(emails):
        who = Subscriber(id=f"{number:03}", email=email)
        store.subscribers.put(Subscription(subscriber=who, fingerprint="", place=""))
        edition = Edition(subscriber_id=who.id, date=date(2026, 3, 2))
        delivery = Delivery(
            edition=edition,
            email=email,
            status=DeliveryStatus.PLANNED,
            planned_at=clock.at,
            message_id=f"<{number}@x>",
        )
        store.outbox.plan([(Digest(edition=edition, subject="s", preheader="p"), delivery)])


def many(number: int) -> list[str]:
    """Name as many addresses."""
    return [f"r{at:03}@example.org" for at in range(number)]


def render(digest: Digest, subscriber: Subscriber, known: str) -> Message:
    """Give the least of a mail."""
    del digest
    return replace(message(subscriber.email), message_id=known)


class Watching:
    """A transport that looks at something before and after each message."""

    def __init__(self, look: Callable[[Message], None]) -> None:
        """Look by calling ``look``."""
        self.look = look
        self.sent: list[str] = []

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *error: object) -> None:
        """Have nothing to close."""

    def carry(self, office: Office) -> None:
        """Send one by one."""
        one_by_one(office, self._send)

    def _send(self, one: Message) -> SendResult:
        self.look(one)
        self.sent.append(one.recipient)
        return SendResult(status=DeliveryStatus.SENT, code=250, response="250 ok")


def desk(store: Store, transport: Watching | SmtpTransport, now: Callable[[], datetime]) -> Desk:
    """Have a desk that renders the least."""
    return Desk(store=store, render=render, transport=transport, patience=Patience(), now=now)


def transport(there: Scripted, clock: Clock, connections: int = 1) -> SmtpTransport:
    """Have a transport to a scripted server."""
    server = Server(host=LOOPBACK, port=there.port, connections=connections, timeout=2)
    return SmtpTransport(server, sleep=clock.sleep)


def test_submitting_is_committed_before_a_message_leaves(store: Store, clock: Clock) -> None:
    """Another reader of the database sees the mark of what is leaving, and of what was sent."""
    plan(store, clock, *many(2))
    seen: list[list[str]] = []

    def look(_: Message) -> None:
        with open_store(store.path) as other:
            rows = sorted(other.outbox.all(), key=lambda row: row.edition.subscriber_id)
            seen.append([str(row.status) for row in rows])

    deliver(desk(store, Watching(look), clock))
    assert [["submitting", "planned"], ["sent", "submitting"]] == seen


def test_who_stops_at_the_last_moment_is_not_mailed(store: Store, clock: Clock) -> None:
    """Of deliveries read together, one whose address says stop after the first left is kept."""
    plan(store, clock, *many(3))

    def stop(one: Message) -> None:
        if one.recipient == "r000@example.org":
            with open_store(store.path) as other:
                subscriptions.stop(other, "r001@example.org", clock())

    watching = Watching(stop)
    deliver(desk(store, watching, clock))
    assert ["r000@example.org", "r002@example.org"] == watching.sent
    assert {"sent": 2, "suppressed": 1} == store.outbox.counts()


@pytest.mark.parametrize("status", ["held", "dropped"])
def test_what_the_operator_takes_back_is_not_sent(store: Store, clock: Clock, status: str) -> None:
    """A delivery that is held or dropped after it was read stays so."""
    plan(store, clock, *many(2))

    def take_back(one: Message) -> None:
        if one.recipient == "r000@example.org":
            with open_store(store.path) as other:
                to = DeliveryStatus(status)
                other.outbox.change(to, [DeliveryStatus.PLANNED], clock())

    deliver(desk(store, Watching(take_back), clock))
    assert {"sent": 1, status: 1} == store.outbox.counts()


@pytest.mark.parametrize("connections", [1, 4])
def test_each_is_sent_once_and_the_balance_adds_up(
    store: Store, clock: Clock, connections: int
) -> None:
    """Three hundred deliveries, more than a page, each arrive once and are sent."""
    plan(store, clock, *many(300))
    with scripted(PIPELINED) as there, transport(there, clock, connections) as smtp:
        assert 300 == deliver(desk(store, smtp, clock))
        heard = [line for line in there.heard if line.startswith("RCPT")]
    assert ({"sent": 300}, 300, 300) == (store.outbox.counts(), len(heard), len(set(heard)))


def test_on_a_full_disk_nothing_leaves_that_is_not_marked(tmp_path: Path, clock: Clock) -> None:
    """When the database can grow no further the run ends; who was mailed is marked."""
    path = tmp_path / "digest.db"
    with open_store(path) as store:
        plan(store, clock, *many(200))
    with scripted(PIPELINED) as there, pytest.raises(StoreError) as caught:
        deliver_until_full(path, there, clock)
    assert "check the disk's space" in str(caught.value)
    with open_store(path) as store:
        counts = store.outbox.counts()
    marked = counts.get("sent", 0) + counts.get("submitting", 0)
    assert (True, 200) == (0 < len(there.mails) <= marked, sum(counts.values()))
    assert counts.get("submitting", 0) <= 4


def deliver_until_full(path: Path, there: Scripted, clock: Clock) -> None:
    """Deliver over four connections with no room for another page, as SQLite counts them."""
    with open_store(path) as store, transport(there, clock, 4) as smtp:
        db = store._db  # noqa: SLF001 to break it on purpose
        pages = next(iter(db.query("PRAGMA page_count")))["page_count"]
        db.execute(f"PRAGMA max_page_count = {pages}")
        # Rows grow with the answers, until they need a page that is not there.
        there.change({".": f"250 {'x' * 280}"})
        deliver(desk(store, smtp, clock))


@pytest.mark.parametrize(("marks", "syncs"), [(1, 20), (10, 3), (100, 1)])
def test_marks_are_synced_in_groups(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, marks: int, syncs: int
) -> None:
    """Of twenty marks three quarters of as many as may be lost are synced together."""
    plan(store, clock, *many(10))
    done: list[int] = []
    monkeypatch.setattr(Store, "sync", lambda _: done.append(1))
    safety = Safety(marks=marks, seconds=3600)
    deliver(replace(desk(store, Watching(lambda _: None), clock), safety=safety))
    assert syncs == len(done)


def test_an_old_mark_is_synced_though_alone(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mark older than half of ``seconds`` is synced with the next one, however few there are."""
    plan(store, clock, *many(3))
    done: list[int] = []
    monkeypatch.setattr(Store, "sync", lambda _: done.append(1))
    deliver(
        replace(
            desk(store, Watching(lambda _: None), clock), safety=Safety(marks=1000, seconds=1e-9)
        )
    )
    assert 3 == len(done)


def test_a_log_that_cannot_be_synced_ends_the_run(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the disk is told in one line with its cure."""

    def broken(_: int) -> None:
        raise OSError(5, "Input/output error")

    plan(store, clock, *many(3))
    store.reserve().make()
    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(StoreError) as caught:
        deliver(desk(store, Watching(lambda _: None), clock))
    said = "digest.db-wal: cannot be synced (Input/output error); check the disk"
    assert str(caught.value).endswith(said)


def sent_at(
    store: Store, clock: Clock, rates: Rates, emails: Sequence[str], connections: int = 1
) -> list[tuple[str, float]]:
    """Send at some rates; gives who was mailed, and when in seconds."""
    plan(store, clock, *emails)
    begun = clock.at
    told: list[tuple[str, float]] = []

    def tell(delivery: Delivery, result: SendResult) -> None:
        assert "sent" == result.status
        told.append((delivery.email, round((clock.at - begun).total_seconds(), 1)))

    with scripted(PIPELINED) as there, transport(there, clock, connections) as smtp:
        deliver(replace(desk(store, smtp, clock), rates=rates, told=tell))
    return told


def test_the_overall_rate_is_kept(store: Store, clock: Clock) -> None:
    """At two mails a second four of them take one and a half."""
    told = sent_at(store, clock, Rates(overall=2), many(4))
    assert [0.0, 0.5, 1.0, 1.5] == [pytest.approx(at, abs=0.15) for _, at in told]


def test_the_rate_of_a_domain_lets_others_go_first(store: Store, clock: Clock) -> None:
    """While a domain waits for its turn, mails to others go before it."""
    emails = ["a@slow.org", "b@slow.org", "c@slow.org", "d@one.org", "e@two.org"]
    told = sent_at(store, clock, Rates(domain=1), emails)
    assert ["a", "d", "e", "b", "c"] == [email[0] for email, _ in told]
    assert [0, 0, 0, 1, 2] == [pytest.approx(at, abs=0.3) for _, at in told]


def test_the_rate_of_a_connection_is_kept(store: Store, clock: Clock) -> None:
    """At one mail a second and connection four take three seconds on one."""
    told = sent_at(store, clock, Rates(connection=1), many(4))
    assert pytest.approx(3, abs=0.3) == told[-1][1]


def test_turns_outlive_a_restart(tmp_path: Path, clock: Clock) -> None:
    """A run that begins right after another waits for the turn that the other took."""
    with open_store(tmp_path / "digest.db") as store:
        sent_at(store, clock, Rates(domain=0.1), ["a@slow.org"])
    with open_store(tmp_path / "digest.db") as store:
        told = sent_at(store, clock, Rates(domain=0.1), ["a@slow.org", "b@slow.org"])
    ((email, at),) = told
    assert "b@slow.org" == email
    assert pytest.approx(10, abs=0.5) == at


def test_a_turn_that_letters_took_is_waited_for(tmp_path: Path, clock: Clock) -> None:
    """A pass hears, while it waits, of a turn that another sender on the database took."""
    path = tmp_path / "digest.db"
    with open_store(path) as store, open_store(path) as other:
        taking_once(clock, other, 1)
        told = sent_at(store, clock, Rates(overall=1), many(3))
    assert [0, 2, 3] == [pytest.approx(at, abs=0.3) for _, at in told]


def test_a_clock_set_back_holds_nobody_up(tmp_path: Path, clock: Clock) -> None:
    """A turn far ahead, from before the clock was set back, costs one interval at most."""
    with open_store(tmp_path / "digest.db") as store:
        store.turns.put({"domain slow.org": clock.at + timedelta(days=1)})
        told = sent_at(store, clock, Rates(domain=1), ["a@slow.org"])
    assert pytest.approx(1, abs=0.3) == told[0][1]


def test_a_stop_for_policy_counts_all_connections(store: Store, clock: Clock) -> None:
    """Recipients refused alike over four connections stop the run, and all stay due."""
    plan(store, clock, *many(60))
    policy = PIPELINED | {"RCPT": "550 5.7.1 you are listed", "DATA": "503 no"}
    with (
        scripted(policy) as there,
        transport(there, clock, 4) as smtp,
        pytest.raises(TransportError),
    ):
        deliver(desk(store, smtp, clock))
    counts = store.outbox.counts()
    assert (60, {"deferred", "planned"}) == (sum(counts.values()), set(counts))
    assert 5 <= counts["deferred"] <= 13


def test_what_is_due_is_read_in_pages(store: Store, clock: Clock) -> None:
    """A page begins after the last of the one before, also where many were planned at once."""
    plan(store, clock, *many(5))
    first = store.outbox.due(clock(), uncertain=True, limit=2)
    second = store.outbox.due(clock(), uncertain=True, limit=9, after=max(first))
    read = store.outbox.read([*first, *second], clock(), uncertain=True)
    assert many(5) == [row.email for row in read]


def test_a_sync_of_a_missing_log_is_nothing(tmp_path: Path) -> None:
    """Where there is no log there is nothing to sync."""
    with open_store(tmp_path / "digest.db") as store:
        store._db.execute("PRAGMA journal_mode = DELETE")  # noqa: SLF001 takes the log away
        store.sync()
        assert [] == list(tmp_path.glob("*-wal"))
