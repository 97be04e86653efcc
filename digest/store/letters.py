"""Letters on their way: mails about a subscription itself, each once per address, kind and day.

A letter that asks for a confirmation keeps what is to be confirmed, until it was or its time is
over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlite_utils import Database

from digest.address import canonical
from digest.model import DeliveryStatus, SendResult, Subscriber
from digest.store.rows import moment_of, text_of
from digest.store.subscribers import subscriber_of

_OPEN = "status IN ('planned', 'deferred', 'uncertain')"
# Which letters are to an address, or to others about a subscriber.
ABOUT = "address = ? OR CASE content WHEN '' THEN FALSE ELSE content ->> 'id' = ? END"


class Kind(StrEnum):
    """What a letter is about.

    ``subscribe`` asks a new reader to confirm, and shows the way to the preferences to one who is
    subscribed already; ``preferences`` shows that way; ``address`` asks to confirm a new address;
    ``welcome`` greets who has confirmed.
    """

    SUBSCRIBE = "subscribe"
    PREFERENCES = "preferences"
    ADDRESS = "address"
    WELCOME = "welcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter to ``email``; ``subscriber`` is who it is about, as asked for, or None once over.

    ``answered`` is when its link was used.
    """

    id: str
    kind: Kind
    email: str
    subscriber: Subscriber | None
    status: DeliveryStatus
    attempts: int = 0
    asked_at: datetime
    next_attempt: datetime | None = None
    answered: datetime | None = None
    response: str = ""


class Letters:
    """The letters table."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def ask(self, kind: Kind, email: str, subscriber: Subscriber, now: datetime) -> bool:
        """Have a letter written; gives whether it is the first of its kind to the address today.

        A day is one of UTC. The first stays as it was asked for.
        """
        address, day = canonical(email), now.date().isoformat()
        cursor = self._db.execute(
            "INSERT OR IGNORE INTO letters "
            "(id, kind, email, address, day, content, status, attempts, asked_at, response) "
            "VALUES (?, ?, ?, ?, ?, ?, 'planned', 0, ?, '')",
            [
                hashlib.sha256(f"{kind} {address} {day}".encode()).hexdigest()[:20],
                str(kind),
                email,
                address,
                day,
                json.dumps(asdict(subscriber) | {"paused_until": _day(subscriber)}),
                text_of(now),
            ],
        )
        return bool(cursor.rowcount)

    def get(self, letter_id: str) -> Letter | None:
        """Read a letter by its id."""
        rows = self._db.query("SELECT * FROM letters WHERE id = ?", [letter_id])
        return next(map(_letter, rows), None)

    def due(self, now: datetime) -> tuple[Letter, ...]:
        """Read the letters that may go now, the oldest first."""
        rows = self._db.query(
            f"SELECT * FROM letters WHERE {_OPEN} "  # noqa: S608 a constant
            "AND (next_attempt IS NULL OR next_attempt <= ?) ORDER BY asked_at, id",
            [text_of(now)],
        )
        return tuple(map(_letter, rows))

    def of(self, emails: Iterable[str]) -> tuple[Letter, ...]:
        """Read all letters to some addresses, the oldest first."""
        rows = self._db.query(
            "SELECT * FROM letters WHERE address IN (SELECT value FROM json_each(?)) "
            "ORDER BY asked_at, id",
            [json.dumps([canonical(email) for email in emails])],
        )
        return tuple(map(_letter, rows))

    def submitting(self, letter: Letter) -> bool:
        """Mark a letter before it leaves; gives whether it still may: it may have been erased."""
        cursor = self._db.execute(
            f"UPDATE letters SET status = 'submitting' WHERE id = ? AND {_OPEN}",  # noqa: S608 a constant
            [letter.id],
        )
        return bool(cursor.rowcount)

    def record(self, letter: Letter, result: SendResult, next_attempt: datetime | None) -> None:
        """Write down how an attempt ended, and when the next one is due."""
        self._db.execute(
            "UPDATE letters SET status = ?, response = ?, next_attempt = ?, attempts = ? "
            "WHERE id = ?",
            [
                str(result.status),
                result.response,
                text_of(next_attempt),
                letter.attempts + 1,
                letter.id,
            ],
        )

    def recover(self) -> None:
        """Turn what a killed process left ``submitting`` into ``uncertain``."""
        self._db.execute(
            "UPDATE letters SET status = 'uncertain', next_attempt = NULL, "
            "response = 'the process was killed before the answer came' "
            "WHERE status = 'submitting'"
        )

    def answer(self, letter: Letter, now: datetime) -> None:
        """Note that a letter's link was used; what it asked for is no longer kept."""
        self._db.execute(
            "UPDATE letters SET answered = ?, content = '' WHERE id = ?", [text_of(now), letter.id]
        )

    def prune(self, over: datetime, old: datetime) -> None:
        """Forget what letters from before ``over`` asked for, and those from before ``old``."""
        stale = "asked_at < ? AND content <> ''"
        found = self._db.query(
            f"SELECT EXISTS (SELECT 1 FROM letters WHERE {stale}) "  # noqa: S608 a constant
            "OR EXISTS (SELECT 1 FROM letters WHERE asked_at < ?) AS some",
            [text_of(over), text_of(old)],
        )
        if next(iter(found))["some"]:
            self._db.execute(f"UPDATE letters SET content = '' WHERE {stale}", [text_of(over)])  # noqa: S608 a constant
            self._db.execute("DELETE FROM letters WHERE asked_at < ?", [text_of(old)])

    def forget(self, email: str, subscriber_id: str = "") -> None:
        """Erase all letters to an address, and those to others about a subscriber."""
        self._db.execute(
            f"DELETE FROM letters WHERE {ABOUT}",  # noqa: S608 a constant
            [canonical(email), subscriber_id],
        )

    def waiting(self) -> dict[str, int]:
        """Count by status the letters that are on their way."""
        rows = self._db.query(
            "SELECT status, count(*) AS n FROM letters "  # noqa: S608 a constant
            f"WHERE {_OPEN} OR status = 'submitting' GROUP BY status ORDER BY status"
        )
        return {str(row["status"]): int(row["n"]) for row in rows}


def _day(subscriber: Subscriber) -> str | None:
    return subscriber.paused_until.isoformat() if subscriber.paused_until else None


def _letter(row: Mapping[str, Any]) -> Letter:
    asked = moment_of(row["asked_at"])
    assert asked is not None  # noqa: S101 the column is never null
    return Letter(
        id=row["id"],
        kind=Kind(row["kind"]),
        email=row["email"],
        subscriber=subscriber_of(json.loads(row["content"])) if row["content"] else None,
        status=DeliveryStatus(row["status"]),
        attempts=row["attempts"],
        asked_at=asked,
        next_attempt=moment_of(row["next_attempt"]),
        answered=moment_of(row["answered"]),
        response=row["response"],
    )
