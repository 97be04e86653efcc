"""The answer matrix: what becomes of mails when the server answers a stage in each possible way.

    python tests/integration/matrix.py

Two mails are delivered out of an outbox on disk to a server that answers one stage badly on its
first connection, and well on all further ones. Then an hour passes, and what is still open is
delivered again. Each cell is what became of the first mail (of the second, where the stage is a
RSET before it), then and in the end; ``run ends`` means with a line that says why.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # as a program; within pytest it is there

from digest.deliver import Desk, Patience, deliver
from digest.errors import TransportError
from digest.model import Delivery, DeliveryStatus, Digest, Edition, Message, Subscriber
from digest.store import Store, open_store
from digest.store.subscribers import Subscription
from digest.transports.smtp import Server, SmtpTransport
from integration.conftest import Certificate, made_certificate
from integration.post import message
from integration.servers import DROP, LOOPBACK, STALL, Scripted, able, scripted

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
MUCH = "250-" + "\r\n250-".join(["x" * 70] * 140_000)  # 10 MB
STAGES = (
    *("connect", "EHLO", "STARTTLS", "AUTH"),
    *("MAIL", "RCPT", "DATA", "final dot", "RSET", "QUIT"),
)
ANSWERS = {
    "2xx": "",
    "4xx": "451 4.3.0 later",
    "5xx": "554 5.3.0 no",
    "drop": DROP,
    "stall": STALL,
    "garbage": "what?",
    "10 MB": MUCH,
}
WAYS = {"plain": (), "pipelined": ("PIPELINING",), "chunked": ("PIPELINING", "CHUNKING")}
_GOOD = {"STARTTLS": "220 go on", "AUTH": "235 2.7.0 welcome"}
FIRST, SECOND = "r0@example.org", "r1@example.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of two mails, at once and in the end, and the line that ended the pass."""

    once: tuple[str, str]
    later: tuple[str, str]
    said: str
    arrived: int

    def cell(self, stage: str) -> str:
        """Give it as the table shows it: of the first mail, or of that behind a RSET."""
        place = int(stage == "RSET")
        at_once = "run ends" if self.said else self.once[place]
        return ", then ".join(dict.fromkeys((at_once, self.later[place])))


def outcome(
    folder: Path, way: tuple[str, ...], stage: str, answer: str, certificate: Certificate
) -> Outcome:
    """Deliver to a server that answers a stage so, and again to one that has come to itself."""
    usual = {**able(*way, "STARTTLS", "AUTH PLAIN"), **_GOOD}
    script = {**usual, **bad(stage, answer, chunked="CHUNKING" in way)}
    # There is time, but for a server that says nothing at all.
    timeout = 0.5 if answer == STALL else 20
    with (
        open_store(folder / "digest.db") as store,
        scripted(script, usual, upgrade=certificate.server) as there,
    ):
        plan(store)
        to = server(there, stage, timeout)
        said = delivered(store, SmtpTransport(to, context=certificate.trusting), NOW)
        once = statuses(store)
        later = NOW + timedelta(hours=1)
        delivered(store, SmtpTransport(to, context=certificate.trusting), later)
        # For a refused recipient a dot alone may come.
        arrived = sum(map(bool, there.mails))
        return Outcome(once=once, later=statuses(store), said=said, arrived=arrived)


def bad(stage: str, answer: str, *, chunked: bool) -> Mapping[str, str]:
    """Give what is to be answered badly; a RSET comes after a refused recipient."""
    if not answer:
        return {}
    refused = {f"RCPT TO:<{FIRST}>": "554 5.3.0 no"} if stage == "RSET" else {}
    verbs = {"connect": "greeting", "final dot": "BDAT" if chunked else "."}
    return {**refused, verbs.get(stage, stage): answer}


def server(there: Scripted, stage: str, timeout: float) -> Server:
    """Give the server with what it takes to come to the stage."""
    return Server(
        host=LOOPBACK,
        port=there.port,
        connections=1,
        timeout=timeout,
        security="starttls" if stage == "STARTTLS" else "none",
        username="ada" if stage == "AUTH" else "",
        password="right" if stage == "AUTH" else "",
    )


def delivered(store: Store, to: SmtpTransport, now: datetime) -> str:
    """Deliver what is due; gives what ended it early, or ""."""
    with to as transport:
        desk = Desk(
            store=store,
            render=render,
            transport=transport,
            patience=Patience(),
            now=lambda: now,
        )
        try:
            deliver(desk)
        except TransportError as error:
            return str(error)
    return ""


def render(digest: Digest, subscriber: Subscriber, known: str) -> Message:
    """Give the least of a mail."""
    del digest
    return replace(message(subscriber.email), message_id=known)


def plan(store: Store) -> None:
    """Plan an edition for each of two addresses."""
    for number, email in enumerate((FIRST, SECOND)):
        who = Subscriber(id=str(number), email=email)
        store.subscribers.put(Subscription(subscriber=who, fingerprint="", place=""))
        edition = Edition(subscriber_id=who.id, date=date(2026, 3, 2))
        delivery = Delivery(
            edition=edition,
            email=email,
            status=DeliveryStatus.PLANNED,
            planned_at=NOW,
            message_id=f"<{number}@example.org>",
        )
        store.outbox.plan([(Digest(edition=edition, subject="s", preheader="p"), delivery)])


def statuses(store: Store) -> tuple[str, str]:
    """Give how both mails stand."""
    first, second = sorted(store.outbox.all(), key=lambda row: row.edition.subscriber_id)
    return str(first.status), str(second.status)


def main() -> None:
    """Print the table for each way of talking."""
    with tempfile.TemporaryDirectory() as folder:
        certificate = made_certificate(Path(folder))
        for name, way in WAYS.items():
            print(f"\n{name:10}" + "".join(f"{answer:>22}" for answer in ANSWERS))  # noqa: T201 a program's output
            for stage in stages(way):
                cells = [cell(way, stage, answer, certificate) for answer in ANSWERS.values()]
                print(f"{stage:10}" + "".join(f"{one:>22}" for one in cells), flush=True)  # noqa: T201


def stages(way: tuple[str, ...]) -> list[str]:
    """List what is said in a way: chunks come without DATA, and the last one for the dot."""
    return [stage for stage in STAGES if stage != "DATA" or "CHUNKING" not in way]


def cell(way: tuple[str, ...], stage: str, answer: str, certificate: Certificate) -> str:
    """Give a cell of the table."""
    with tempfile.TemporaryDirectory() as folder:
        return outcome(Path(folder), way, stage, answer, certificate).cell(stage)


if __name__ == "__main__":
    main()
