"""Digests are stored once for all who get them, and go with the last of their editions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from digest import planning
from digest.model import Delivery, DeliveryStatus, Digest, Edition, Subscriber
from digest.planning import Wiring, due_editions, plan_editions
from digest.store import open_store
from digest.store.digests import Written, written
from digest.store.subscribers import Subscription
from integration.conftest import Project
from integration.older import before

ADA, BOB, CY = "ada@example.org", "bob@example.org", "cy@example.org"


@pytest.fixture
def wiring(project: Project) -> Iterator[Wiring]:
    """Have what a pass works with, on three papers that are stored."""
    app = project.app
    app.pull()
    with app.store() as store:
        yield app.wiring(store, app.renderer())


class Killed(BaseException):
    """The pass dies here."""


def stored(wiring: Wiring) -> tuple[int, int]:
    """Count the digests, and those of them that editions name."""
    db = wiring.store._db  # noqa: SLF001 as it is
    (row,) = db.query(
        "SELECT (SELECT count(*) FROM digests) AS there, (SELECT count(*) FROM digests "
        "WHERE number IN (SELECT digest FROM editions)) AS named"
    )
    return int(row["there"]), int(row["named"])


def test_alike_editions_are_stored_once(
    project: Project, wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In blocks of one, too, readers with one profile share a digest."""
    monkeypatch.setattr(planning, "BLOCK", 1)
    project.subscribe(ADA, BOB)
    project.subscribe(CY, settings="limit = 1")
    plan_editions(wiring, due_editions(wiring, None))
    assert (2, 2) == stored(wiring)


def test_a_digest_goes_with_its_last_edition(project: Project, wiring: Wiring) -> None:
    """Whoever is erased leaves the digest to the other, and that one leaves none."""
    project.subscribe(ADA, BOB)
    plan_editions(wiring, due_editions(wiring, None))
    left = []
    for who in wiring.store.subscribers.at([ADA, BOB]).values():
        left.append(stored(wiring))
        wiring.store.subscribers.forget(who.subscriber.id)
    assert ([(1, 1), (1, 1)], (0, 0)) == (left, stored(wiring))


def planned(wiring: Wiring, who: str, digest: Written | None = None) -> tuple[Written, Delivery]:
    """Have a subscriber whose edition may be written, with a digest that says the id."""
    subscriber = Subscriber(id=who, email=f"{who}@example.org")
    wiring.store.subscribers.put(Subscription(subscriber=subscriber))
    edition = Edition(subscriber_id=who, date=date(2026, 3, 2))
    delivery = Delivery(
        edition=edition,
        email=subscriber.email,
        status=DeliveryStatus.PLANNED,
        planned_at=wiring.now(),
        message_id=who,
    )
    return digest or Written.of(Digest(edition=edition, subject=who, preheader="")), delivery


def subject(wiring: Wiring, delivery: Delivery) -> str:
    """Read what the digest of an edition says."""
    found = wiring.store.outbox.digests([delivery.edition])[delivery.edition]
    return str(found.content["subject"])


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_digest_whose_reader_was_erased_is_stored_again(wiring: Wiring, elsewhere: bool) -> None:
    """A digest that went with its reader, here or elsewhere, is stored anew for the next."""
    digest, first = planned(wiring, "a")
    _, second = planned(wiring, "b", digest)
    wiring.store.outbox.plan([(digest, first)])
    with open_store(wiring.store.path) as other:
        (other if elsewhere else wiring.store).subscribers.forget("a")
    wiring.store.outbox.plan([(digest, second)])
    assert ("a", (1, 1)) == (subject(wiring, second), stored(wiring))


def roll_back(wiring: Wiring, row: tuple[Written, Delivery]) -> None:
    """Plan an edition in a transaction that fails."""
    with wiring.store.transaction():
        wiring.store.outbox.plan([row])
        raise Killed


def test_a_number_that_was_rolled_back_is_not_believed(wiring: Wiring) -> None:
    """What was planned in a transaction that failed is stored anew, under a number of its own."""
    rows = [planned(wiring, "a"), planned(wiring, "b")]
    with pytest.raises(Killed):
        roll_back(wiring, rows[0])
    for row in reversed(rows):
        wiring.store.outbox.plan([row])
    assert ["a", "b"] == [subject(wiring, delivery) for _, delivery in rows]


def older(path: Path) -> None:
    """Make a database as it was before: two editions of a subscriber, each with its digest."""
    with before("digests_are_shared", path) as db:
        db.execute(
            "INSERT INTO subscribers VALUES ('ada', 'a@e.org', '', 'UTC', '07:30', 'mon', "
            "'active', NULL, '{}', '', '', NULL)"
        )
        for day, said in (("2026-03-01", "one"), ("2026-03-02", "two")):
            nothing = Edition(subscriber_id="", date=date(2026, 3, 1))
            content = written(Digest(edition=nothing, subject=said, preheader=""))
            db.execute("INSERT INTO editions VALUES ('ada', ?, ?)", [day, content])
        db.execute(
            "INSERT INTO deliveries VALUES ('ada', '2026-03-02', 'a@e.org', 'planned', 0, "
            "'2026-03-02T08:00:00.000000+00:00', NULL, '', 'm', '')"
        )


def test_digests_of_an_older_database_are_kept(tmp_path: Path) -> None:
    """Editions that each held their digest name it; their deliveries stay."""
    older(tmp_path / "digest.db")
    editions = [Edition(subscriber_id="ada", date=date(2026, 3, day)) for day in (1, 2)]
    with open_store(tmp_path / "digest.db") as store:
        found = store.outbox.digests(editions)
        left = [row.edition for row in store.outbox.all()]
        broken = list(store._db.query("PRAGMA foreign_key_check"))  # noqa: SLF001 as it is
    assert ["one", "two"] == [found[edition].content["subject"] for edition in editions]
    assert (editions[1:], []) == (left, broken)


def test_an_older_databases_digest_goes_with_its_last_edition(tmp_path: Path) -> None:
    """A digest that two editions shared before they were counted goes with the second."""
    with before("digests_are_counted", tmp_path / "digest.db") as db:
        db.execute("INSERT INTO digests VALUES (1, '2026-03-01', '{}')")
        for who in ("ada", "bob"):
            db.execute(
                "INSERT INTO subscribers VALUES (?, ?, '', 'UTC', '07:30', 'mon', 'active', NULL, "
                "'{}', '', '', NULL)",
                [who, f"{who}@e.org"],
            )
            db.execute("INSERT INTO editions VALUES (?, '2026-03-01', 1)", [who])
    left = []
    with open_store(tmp_path / "digest.db") as store:
        for who in ("ada", "bob"):
            store.subscribers.forget(who)
            left.append([store._db.table(name).count for name in ("digests", "shares")])  # noqa: SLF001 as it is
    assert [[1, 1], [0, 0]] == left
