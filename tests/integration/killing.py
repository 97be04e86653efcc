"""Kills runs at random instants and counts at the server what was lost and what came twice.

    python tests/integration/killing.py --kills 300

A run delivers to 200 subscribers over four connections, out of an outbox on disk. It is killed by
SIGKILL and begun again until all are sent; then the next edition is planned.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))  # as a program; within pytest it is there

from digest.deliver import Desk, Patience, deliver
from digest.model import Delivery, DeliveryStatus, Digest, Edition, Message, Subscriber
from digest.store import open_store
from digest.store.subscribers import Subscription
from digest.transports.smtp import Server, SmtpTransport
from integration.post import message
from integration.servers import LOOPBACK, Scripted, able, scripted

SUBSCRIBERS, CONNECTIONS = 200, 4
BEGUN = date(2026, 1, 1)


@dataclass
class Tally:
    """What came of so many kills; ``most`` is the most that one kill repeated."""

    kills: int = 0
    editions: int = 0
    sent: int = 0
    lost: int = 0
    repeated: int = 0
    most: int = 0
    uncertain: int = 0
    unbalanced: int = 0

    def __str__(self) -> str:
        """Give it as one line."""
        return (
            f"{self.kills} kills in {self.editions} editions of {SUBSCRIBERS}: lost {self.lost}, "
            f"repeated {self.repeated} (at most {self.most} a kill), left submitting "
            f"{self.uncertain}, balances that do not add up {self.unbalanced}"
        )


def main() -> None:
    """Kill and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--deliver", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.deliver:
        deliver_all(given.deliver, given.port)
        return
    with tempfile.TemporaryDirectory() as folder:
        print(killed(Path(folder), given.kills, given.seed))  # noqa: T201 a program's output


def killed(
    folder: Path, kills: int, seed: int, abilities: tuple[str, ...] = ("PIPELINING",)
) -> Tally:
    """Kill runs so many times; gives what came of it."""
    chance = Random(seed)
    tally = Tally()
    path = folder / "digest.db"
    with scripted(able(*abilities)) as there:
        while tally.kills < kills:
            day = BEGUN + timedelta(days=tally.editions)
            plan(path, day)
            arrived_before = len(there.mails)
            while not _done(path):
                _one_run(path, there, chance, tally)
            came = Counter(_id(mail) for mail in there.mails[arrived_before:])
            tally.lost += SUBSCRIBERS - len(came)
            tally.sent += len(came)
            tally.editions += 1
    return tally


def _one_run(path: Path, there: Scripted, chance: Random, tally: Tally) -> None:
    """Begin a run, kill it at some instant, and look at what it left."""
    before = Counter(_id(mail) for mail in there.mails)
    command = [sys.executable, __file__, "--deliver", str(path), "--port", str(there.port)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()  # it begins to deliver now
        time.sleep(chance.uniform(0.0, 0.4))
        child.kill()
    time.sleep(0.02)  # what is on the wire arrives
    after = Counter(_id(mail) for mail in there.mails)
    again = sum(min(after[one] - before[one], before[one]) for one in after)
    tally.repeated += again
    tally.most = max(tally.most, again)
    tally.kills += child.returncode == -signal.SIGKILL
    with open_store(path) as store:
        counts = store.outbox.counts()
    left, sent = counts.get("submitting", 0), counts.get("sent", 0)
    tally.uncertain += left
    total = SUBSCRIBERS * (tally.editions + 1)
    tally.unbalanced += sum(counts.values()) != total or left > CONNECTIONS
    # All that is sent came, and no more came than that and what is in doubt.
    tally.unbalanced += not sent <= len(after) <= sent + left + counts.get("uncertain", 0)


def deliver_all(path: Path, port: int) -> None:
    """Deliver what is due, in this process, after saying so."""
    server = Server(host=LOOPBACK, port=port, connections=CONNECTIONS)
    with open_store(path) as store, SmtpTransport(server) as transport:
        print("delivering", flush=True)  # noqa: T201 the sign that the killer waits for
        store.outbox.recover(now())
        deliver(Desk(store=store, render=render, transport=transport, patience=Patience(), now=now))


def now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


def render(digest: Digest, subscriber: Subscriber, known: str) -> Message:
    """Give a mail that names itself."""
    del digest
    body = b"Message-ID: %s\r\n\r\n%s" % (known.encode(), b"some text of a mail\r\n" * 500)
    return replace(message(subscriber.email, body), message_id=known)


def _id(mail: bytes) -> bytes:
    return mail.partition(b"\r\n")[0]


def plan(path: Path, day: date) -> None:
    """Plan an edition for each subscriber."""
    with open_store(path) as store, store.transaction():
        rows = []
        for number in range(SUBSCRIBERS):
            who = Subscriber(id=f"{number:03}", email=f"r{number:03}@example.org")
            store.subscribers.put(Subscription(subscriber=who, fingerprint="", place=""))
            edition = Edition(subscriber_id=who.id, date=day)
            delivery = Delivery(
                edition=edition,
                email=who.email,
                status=DeliveryStatus.PLANNED,
                planned_at=now(),
                message_id=f"<{number:03}.{day}@example.org>",
            )
            rows.append((Digest(edition=edition, subject="s", preheader="p"), delivery))
        store.outbox.plan(rows)


def _done(path: Path) -> bool:
    with open_store(path) as store:
        return set(store.outbox.counts()) == {"sent"}


if __name__ == "__main__":
    main()
