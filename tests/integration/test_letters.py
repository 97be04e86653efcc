"""Letters keep to the rates, are counted while they wait, and survive a full disk."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import timedelta

import pytest

from digest import correspondence
from digest.errors import StoreError
from digest.model import SendResult, Subscriber
from digest.store.letters import Kind, Letter, Letters
from integration.conftest import Cli, Project, taking_once
from integration.servers import Mailbox, free_port

ADA, BOB, EVA = "ada@example.org", "bob@example.org", "eva@other.org"


@pytest.fixture
def waiting(project: Project) -> Project:
    """Have three letters that wait, two of them to one domain."""
    project.base_url = "https://digest.example.org/papers"
    with project.app.store() as store:
        for email in (ADA, BOB, EVA):
            reader = Subscriber(id=email, email=email)
            store.letters.ask(Kind.SUBSCRIBE, email, reader, project.clock())
    return project


def sent_at(project: Project) -> Iterator[tuple[str, float]]:
    """Send what waits; gives each letter's address, and the second at which it was sent."""
    begun, told = project.clock.at, list[tuple[str, float]]()

    def tell(letter: Letter, result: SendResult) -> None:
        assert "sent" == result.status
        told.append((letter.email, (project.clock.at - begun) / timedelta(seconds=1)))

    assert "" == correspondence.send(project.app, tell)
    yield from told


def test_letters_keep_to_the_rate(waiting: Project) -> None:
    """At one mail in ten seconds, the second letter waits for ten and the third for twenty."""
    waiting.smtp = "rate = 0.1"
    assert [0, 10, 20] == [pytest.approx(at, abs=2) for _, at in sent_at(waiting)]


def test_a_domain_that_waits_lets_other_letters_go(waiting: Project) -> None:
    """With a rate for each domain the letter to another one goes before the second to the first."""
    waiting.smtp = "rate_per_domain = 0.1\nconnections = 1"
    assert [ADA, EVA, BOB] == [email for email, _ in sent_at(waiting)]


def test_the_turns_of_letters_are_kept(waiting: Project) -> None:
    """What sends next finds in the store when its turn is."""
    waiting.smtp = "rate = 0.1"
    list(sent_at(waiting))
    with waiting.app.store() as store:
        assert ["all"] == list(store.turns.known(waiting.clock.at))


def test_a_pass_and_letters_keep_a_rate_together(waiting: Project) -> None:
    """Letters hear, while they wait, of a turn that a pass beside them took."""
    waiting.smtp = "rate = 0.1"
    with waiting.app.store() as store:
        taking_once(waiting.clock, store, 10)
        assert [0, 20, 30] == [pytest.approx(at, abs=2) for _, at in sent_at(waiting)]


def test_a_run_tells_what_kept_the_letters(cli: Cli, waiting: Project) -> None:
    """Where nothing but letters is to be sent and the server is not there, a run says so."""
    waiting.port = free_port()
    ran = cli("run")
    assert (1, True) == (ran.exit_code, "connection refused" in ran.stderr)


def test_status_counts_letters_that_wait(cli: Cli, waiting: Project) -> None:
    """`digest status` says how many letters wait, in both forms, and nothing once they are sent."""
    assert waiting is cli.project
    words = "Letters that wait to be sent: 3 planned"
    assert ({"planned": 3}, True) == (
        cli.json("status", "--json")["letters"],
        words in cli("status").stdout,
    )
    correspondence.send(waiting.app)
    assert "letters" not in cli.json("status", "--json")


def test_on_a_full_disk_an_answered_letter_is_noted(
    waiting: Project, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The room that was kept takes the answer; no other letter leaves, and none comes twice."""
    record, failed = Letters.record, list[int]()

    def full(self: Letters, letter: Letter, result: SendResult, at: object) -> None:
        if not failed:
            failed.append(1)
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error
        record(self, letter, result, at)  # type: ignore[arg-type]

    waiting.smtp = "connections = 1"
    monkeypatch.setattr(Letters, "record", full)
    with pytest.raises(StoreError, match="check the disk's space"):
        correspondence.send(waiting.app)
    first = len(box.mails)
    correspondence.send(waiting.app)
    assert (1, sorted([ADA, BOB, EVA])) == (first, sorted(box.recipients))
