"""What subscribers change by themselves: profile, address, and that they are known at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from digest import enrolment, subscriptions
from digest.address import canonical
from digest.model import Status, Subscriber
from digest.store import Store
from digest.store.letters import Kind, Letter
from digest.store.subscribers import Subscription


def known(store: Store, subscriber_id: str) -> Subscription | None:
    """Read a subscription by its id; None if it was erased."""
    return store.subscribers.get([subscriber_id]).get(subscriber_id)


def save(store: Store, before: Subscription, wanted: Subscriber, now: datetime) -> Subscriber:
    """Write a changed profile; who the subscriber is, and whether they said stop, stays."""
    stays = before.subscriber
    reader = replace(wanted, id=stays.id, email=stays.email, status=stays.status)
    store.subscribers.put(replace(before, subscriber=reader, edited=now))
    return reader


def ask_for_link(store: Store, reader: Subscriber, now: datetime) -> None:
    """Have the way to the preferences sent to who they belong to, once a day."""
    store.letters.ask(Kind.PREFERENCES, reader.email, reader, now)


def ask_to_move(store: Store, reader: Subscriber, email: str, now: datetime) -> None:
    """Ask a new address to confirm, whoever has it."""
    store.letters.ask(Kind.ADDRESS, email, replace(reader, email=email), now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A change of address, ``done`` or not; not if the address is another subscriber's."""

    reader: Subscriber
    email: str
    done: bool = False


def asked_to_move(store: Store, letter_id: str) -> Letter | None:
    """Give what a letter's link would change; None if it was used, or there is nothing to."""
    letter = store.letters.get(letter_id)
    if letter is None or letter.subscriber is None:
        return None
    return letter if known(store, letter.subscriber.id) else None


def move(store: Store, letter_id: str, now: datetime) -> Move | None:
    """Change an address that has confirmed itself; None if the link is used up.

    The subscriber keeps the id, so that links in mails of before go on working.
    """
    with store.transaction():
        letter = store.letters.get(letter_id)
        if letter is None or letter.kind is not Kind.ADDRESS:
            return None
        there = store.subscribers.at([letter.email]).get(canonical(letter.email))
        if letter.subscriber is None:
            if there is not None and there.edited == letter.answered:
                return Move(reader=there.subscriber, email=letter.email, done=True)
            return None
        before = known(store, letter.subscriber.id)
        if before is None:
            return None
        if there is not None and there.subscriber.id != before.subscriber.id:
            return Move(reader=before.subscriber, email=letter.email)
        reader = replace(before.subscriber, email=letter.email)
        if reader.status is not Status.UNSUBSCRIBED:
            enrolment.welcome_back(store, reader)
        store.subscribers.put(replace(before, subscriber=reader, edited=now))
        store.outbox.readdress(reader.id, reader.email)
        if canonical(reader.email) != canonical(before.subscriber.email):
            store.letters.forget(before.subscriber.email)
        store.letters.answer(letter, now)
    return Move(reader=reader, email=letter.email, done=True)


def everything(store: Store, reader: Subscriber) -> dict[str, Any]:
    """Give all that is stored of a subscriber, by tables."""
    return store.everything.of(reader.id, reader.email)


def erase(store: Store, reader: Subscriber, now: datetime) -> None:
    """Erase all that is known of a subscriber, but that the address must not be mailed."""
    subscriptions.forget(store, reader.email, now)
