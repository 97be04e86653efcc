"""Subscribing by oneself: what was asked for waits until a letter's link confirms the address."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from digest import plan
from digest.address import canonical
from digest.inbound import Kind as Returned
from digest.model import Status, Subscriber
from digest.store import Store
from digest.store.letters import Kind, Letter
from digest.store.subscribers import Subscription

LINK_DAYS = 7  # a letter's link can be used
KEPT_DAYS = 30  # that a letter was asked for stays known


def ask(store: Store, reader: Subscriber, now: datetime) -> None:
    """Ask an address to confirm, whoever has it: the same is done for a known one.

    The first of a day counts, as its letter says it.
    """
    store.letters.ask(Kind.SUBSCRIBE, reader.email, replace(reader, status=Status.PENDING), now)


def asked(store: Store, letter_id: str) -> Letter | None:
    """Give what a letter's link would confirm; None if it was used, or there is nothing to."""
    letter = store.letters.get(letter_id)
    return letter if letter and letter.subscriber else None


def confirm(store: Store, letter_id: str, now: datetime) -> Subscriber | None:
    """Subscribe who has confirmed; gives them as they now are, or None if a link is used up.

    Who had said stop is mailed again, as it is the address itself that asks for it. Who is
    subscribed already stays as they are.
    """
    with store.transaction():
        letter = store.letters.get(letter_id)
        if letter is None or letter.kind is not Kind.SUBSCRIBE:
            return None
        known = store.subscribers.at([letter.email]).get(canonical(letter.email))
        if known is not None and known.subscriber.status is not Status.UNSUBSCRIBED:
            return known.subscriber
        if letter.subscriber is None:
            return None
        reader = replace(
            letter.subscriber,
            id=store.subscribers.id_for(letter.email),
            status=Status.ACTIVE,
            paused_until=plan.first_day(letter.subscriber, now),
        )
        subscription = Subscription(subscriber=reader, edited=now)
        if known is not None:
            subscription = replace(known, subscriber=reader, edited=now)
        welcome_back(store, reader)
        store.subscribers.put(subscription)
        store.letters.answer(letter, now)
        store.letters.ask(Kind.WELCOME, reader.email, reader, now)
    return reader


def welcome_back(store: Store, reader: Subscriber) -> None:
    """Let an address be mailed again that has confirmed itself, and forgive what it bounced."""
    store.subscribers.lift(reader.email)
    store.returned.excuse(reader.id, Returned.SOFT)


def prune(store: Store, now: datetime) -> None:
    """Forget what was asked for and not confirmed in time, and old letters."""
    store.letters.prune(now - timedelta(days=LINK_DAYS + 1), now - timedelta(days=KEPT_DAYS))
