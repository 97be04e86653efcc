"""Subscribers, and the addresses that are never mailed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlite_utils import Database

from digest.address import canonical, hashed
from digest.model import Profile, Status, Subscriber, Suppression
from digest.store.profiles import draws, dressed, profile_of
from digest.store.rows import moment_of, parameter, text_of, writing

_PAGE = 500
_EMPTY = Profile()
_STATUSES = {str(status): status for status in Status}
_OWN = "id, email, name, timezone, send_at, days, status, paused_until"
_COLUMNS = f"{_OWN}, profile, fingerprint, place, edited"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A stored subscriber with the hash and place of the profile file last applied.

    Both are "" for who subscribed on the page. ``edited`` is when the page last changed the
    profile since.
    """

    subscriber: Subscriber
    fingerprint: str = ""
    place: str = ""
    edited: datetime | None = None


class Recipient(NamedTuple):
    """A reader as planning needs most of them; ``profile`` is JSON, as it is stored."""

    id: str
    email: str
    profile: str

    @property
    def draws(self) -> bool:
        """Whether the profile wants entries by lot, of which each reader draws others."""
        return draws(self.profile)


class Subscribers:
    """The tables of subscribers, of addresses whose id is not their hash, and of suppressions."""

    def __init__(self, db: Database) -> None:
        """Use the open database ``db``."""
        self._db = db

    def all(self) -> tuple[Subscription, ...]:
        """Read every subscription, in the order of addresses."""
        rows = self._db.conn.execute(f"SELECT {_COLUMNS} FROM subscribers ORDER BY email")  # noqa: S608 a constant
        return tuple(_subscription(row) for row in rows)

    def each(self) -> Iterator[Subscription]:
        """Read every subscription, one at a time, in the order of ids."""
        after = ""
        while rows := list(
            self._db.conn.execute(
                f"SELECT {_COLUMNS} FROM subscribers WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608 a constant
                [after, _PAGE],
            )
        ):
            yield from map(_subscription, rows)
            after = rows[-1][0]

    def without_profiles(self) -> Iterator[Subscriber]:
        """Read every subscriber, one at a time, with an empty profile: of many it takes room."""
        rows = self._db.conn.execute(f"SELECT {_OWN} FROM subscribers")  # noqa: S608 a constant
        return (_subscriber(row, _EMPTY) for row in rows)

    def any_curious(self) -> bool:
        """Whether an active subscriber wants new versions of older entries."""
        row = self._db.conn.execute(
            "SELECT EXISTS (SELECT 1 FROM subscribers WHERE status = 'active' "
            "AND profile ->> 'replacements' <> 'ignore')"
        ).fetchone()
        return bool(row[0])

    def get(self, ids: Iterable[str]) -> dict[str, Subscription]:
        """Read subscriptions by the subscriber's id."""
        rows = self._db.conn.execute(
            f"SELECT {_COLUMNS} FROM subscribers WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608 a constant
            [parameter(ids)],
        )
        return {row[0]: _subscription(row) for row in rows}

    def recipients(self, ids: Iterable[str]) -> list[Recipient]:
        """Read those of the subscribers who are stored, in the order asked for."""
        rows = self._db.conn.execute(
            "SELECT subscribers.id, email, profile FROM json_each(?) AS asked "
            "CROSS JOIN subscribers ON subscribers.id = asked.value",
            [parameter(ids)],
        )
        return list(map(Recipient._make, rows))

    def whole(self, recipients: Sequence[Recipient]) -> list[Subscriber]:
        """Read the rest of some; who was changed or erased meanwhile keeps what was read before."""
        known = self.get(one.id for one in recipients)
        return [
            replace(
                known[one.id].subscriber if one.id in known else Subscriber(id=one.id, email=""),
                email=one.email,
                profile=profile_of(one.profile),
            )
            for one in recipients
        ]

    def at(self, emails: Iterable[str]) -> dict[str, Subscription]:
        """Read the subscriptions that have these addresses now, by folded address."""
        wanted = set(map(canonical, emails))
        ids = {address: hashed(address) for address in wanted} | self._given(wanted)
        found = {canonical(row.subscriber.email): row for row in self.get(ids.values()).values()}
        return {address: row for address, row in found.items() if address in wanted}

    def id_for(self, email: str) -> str:
        """Give the id of the subscriber at an address, or the one that a new one there gets.

        That is the hash of the address, unless who had it first has moved to another.
        """
        address = canonical(email)
        known = self.at([address])
        if known:
            return known[address].subscriber.id
        given = self._given([address])
        tried = [given.get(address, hashed(address)), *(hashed(f"{address} {n}") for n in range(9))]
        moved = self.moved(tried)
        return next(id_ for id_ in tried if moved.get(id_, address) == address)

    def _given(self, addresses: Iterable[str]) -> dict[str, str]:
        """Read the ids of those of the addresses whose id is not their hash."""
        rows = self._db.query(
            "SELECT address, subscriber_id FROM addresses "
            "WHERE address IN (SELECT value FROM json_each(?))",
            [parameter(addresses)],
        )
        return {str(row["address"]): str(row["subscriber_id"]) for row in rows}

    def moved(self, ids: Iterable[str]) -> dict[str, str]:
        """Give, by id, the folded addresses of those whose id is not the hash of it."""
        rows = self._db.query(
            "SELECT subscriber_id, address FROM addresses "
            "WHERE subscriber_id IN (SELECT value FROM json_each(?))",
            [parameter(ids)],
        )
        return {str(row["subscriber_id"]): str(row["address"]) for row in rows}

    def readers(self, ids: Iterable[str]) -> dict[str, Subscriber]:
        """Read subscribers as their mails need them: of a profile its template and language."""
        rows = self._db.conn.execute(
            "SELECT id, email, name, timezone, send_at, status, "
            "profile ->> 'template', profile ->> 'language' "
            "FROM subscribers WHERE id IN (SELECT value FROM json_each(?))",
            [parameter(ids)],
        )
        return {
            row[0]: Subscriber(
                id=row[0],
                email=row[1],
                name=row[2],
                timezone=row[3],
                send_at=row[4],
                status=_STATUSES[row[5]],
                profile=dressed(row[6], row[7]),
            )
            for row in rows
        }

    def put(self, subscription: Subscription) -> None:
        """Write a subscription over the one before, in one go."""
        with writing(self._db):
            self._put(subscription)

    def _put(self, subscription: Subscription) -> None:
        subscriber = subscription.subscriber
        address = canonical(subscriber.email)
        # Mails of before name the id, and go on meaning the one they were sent to.
        self._db.execute(
            "DELETE FROM addresses WHERE subscriber_id = ? OR address = ?", [subscriber.id, address]
        )
        if subscriber.id != hashed(address):
            self._db.execute("INSERT INTO addresses VALUES (?, ?)", [address, subscriber.id])
        self._db.table("subscribers").upsert(
            {
                "id": subscriber.id,
                "email": subscriber.email,
                "name": subscriber.name,
                "timezone": subscriber.timezone,
                "send_at": subscriber.send_at,
                "days": " ".join(subscriber.days),
                "status": str(subscriber.status),
                "paused_until": subscriber.paused_until and subscriber.paused_until.isoformat(),
                "profile": json.dumps(asdict(subscriber.profile)),
                "fingerprint": subscription.fingerprint,
                "place": subscription.place,
                "edited": text_of(subscription.edited),
            },
            pk="id",
        )

    def forget(self, subscriber_id: str) -> None:
        """Erase a subscriber with all editions; a suppression of the address stays."""
        self._db.execute("DELETE FROM subscribers WHERE id = ?", [subscriber_id])

    def suppressions(self) -> dict[str, Suppression]:
        """Read all suppressions, by folded address."""
        rows = self._db.query("SELECT * FROM suppressions ORDER BY email")
        return {str(row["email"]): _suppression(row) for row in rows}

    def suppressed(self, email: str) -> str:
        """Give the reason an address is never mailed, or ""."""
        rows = self._db.query("SELECT reason FROM suppressions WHERE email = ?", [canonical(email)])
        return str(next(iter(rows), {"reason": ""})["reason"])

    def suppression(self, email: str) -> Suppression | None:
        """Read the suppression of an address, if there is one."""
        rows = self._db.query("SELECT * FROM suppressions WHERE email = ?", [canonical(email)])
        return next(map(_suppression, rows), None)

    def reasons(self, emails: Iterable[str]) -> dict[str, str]:
        """Give, by folded address, why those of the addresses are never mailed that are not."""
        rows = self._db.query(
            "SELECT email, reason FROM suppressions WHERE email IN "
            "(SELECT value FROM json_each(?))",
            [parameter(map(canonical, emails))],
        )
        return {str(row["email"]): str(row["reason"]) for row in rows}

    def counts(self) -> dict[str, int]:
        """Count subscribers by status."""
        rows = self._db.query("SELECT status, count(*) AS n FROM subscribers GROUP BY status")
        return {str(row["status"]): int(row["n"]) for row in rows}

    def barred(self) -> tuple[int, int]:
        """Count the suppressed addresses: whose owners said stop, and the others."""
        (row,) = self._db.query(
            "SELECT count(*) AS n, coalesce(sum(stopped), 0) AS stopped FROM suppressions"
        )
        return int(row["stopped"]), int(row["n"]) - int(row["stopped"])

    def slots(self) -> dict[tuple[str, str, str], int]:
        """Count the active subscribers by time zone, time and days."""
        rows = self._db.query(
            "SELECT timezone, send_at, days, count(*) AS n FROM subscribers "
            "WHERE status = 'active' GROUP BY timezone, send_at, days"
        )
        return {(row["timezone"], row["send_at"], row["days"]): int(row["n"]) for row in rows}

    def suppress(self, suppression: Suppression) -> None:
        """Never mail an address again; an older reason stays, unless its owner says stop now."""
        # Not by the library's insert: after a row that was there it asks for a rowid, and fails.
        self._db.execute(
            "INSERT INTO suppressions (email, reason, since, stopped) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (email) DO UPDATE SET reason = excluded.reason, since = excluded.since, "
            "stopped = 1 WHERE excluded.stopped AND NOT suppressions.stopped",
            [
                canonical(suppression.email),
                suppression.reason,
                text_of(suppression.since),
                int(suppression.stopped),
            ],
        )

    def lift(self, email: str) -> None:
        """Take a suppression away."""
        self._db.execute("DELETE FROM suppressions WHERE email = ?", [canonical(email)])


def _suppression(row: Mapping[str, Any]) -> Suppression:
    return Suppression(
        email=row["email"],
        reason=row["reason"],
        since=datetime.fromisoformat(row["since"]),
        stopped=bool(row["stopped"]),
    )


def _subscription(row: tuple[Any, ...]) -> Subscription:
    *own, profile, fingerprint, place, edited = row
    return Subscription(
        subscriber=_subscriber(own, profile_of(profile)),
        fingerprint=fingerprint,
        place=place,
        edited=moment_of(edited),
    )


def _subscriber(row: Sequence[Any], profile: Profile) -> Subscriber:
    who, email, name, timezone, send_at, days, status, paused_until = row
    return Subscriber(
        id=who,
        email=email,
        name=name,
        timezone=timezone,
        send_at=send_at,
        days=tuple(days.split() if isinstance(days, str) else days),
        status=Status(status),
        paused_until=date.fromisoformat(paused_until) if paused_until else None,
        profile=profile,
    )


def subscriber_of(content: Mapping[str, Any]) -> Subscriber:
    """Read a subscriber from what JSON keeps of one."""
    own = [content[name] for name in _OWN.split(", ")]
    return _subscriber(own, profile_of(json.dumps(content["profile"])))
