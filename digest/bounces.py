"""Settles mails that came in: who bounces for good or complains is not mailed again.

Each mail counts once. What it says of an address is believed where it is proved by a signed return
path or link of ours, for anybody can write a bounce; a wish to stop is that of who wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from digest import subscriptions
from digest.address import canonical
from digest.inbound import Kind, Returned
from digest.model import Subscriber, Suppression
from digest.returnpath import ReturnPaths
from digest.store import Store
from digest.tokens import Purpose, Tokens

_LINK = re.compile(r"/unsubscribe/([\w.-]{20,400})")
_LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """So many soft bounces within so many days suppress; whether to believe what nothing proves."""

    mails: int
    days: int
    unproved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one mail: ``done`` in a word, and why; ``email`` whom it is about."""

    email: str
    kind: str
    done: str
    detail: str = ""

    @property
    def understood(self) -> bool:
        """Whether nobody need look at the mail."""
        return self.done != _LEFT


def proofs(paths: ReturnPaths | None, tokens: Tokens) -> Callable[[str], str]:
    """Make what finds a proof in a text: a return path, or a link of ours that stops mails."""

    def whose(text: str) -> str:
        found = paths.read(text) if paths else ""
        for token in _LINK.findall(text) if not found else ():
            parts = tokens.read(Purpose.UNSUBSCRIBE, token)
            if parts:
                return parts[0]
        return found

    return whose


def settle(store: Store, mail: Returned, rules: Rules, now: datetime) -> Outcome:
    """Do what a mail asks for, once."""
    match mail.kind:
        case Kind.NOTICE | Kind.AUTOMATIC:
            about = ", ".join(mail.addresses) or mail.sender
            return Outcome(email=about, kind=mail.kind, done="ignored", detail=mail.reason)
        case Kind.UNKNOWN:
            detail = f'from {mail.sender or "nobody"}: "{mail.subject}"'
            return Outcome(email="", kind=mail.kind, done=_LEFT, detail=detail)
        case Kind.STOP:
            return _stop(store, mail, now)
        case Kind.HARD | Kind.SOFT | Kind.COMPLAINT:
            return _failure(store, mail, rules, now)


def _stop(store: Store, mail: Returned, now: datetime) -> Outcome:
    writer, *named = mail.addresses
    others = [address for address in named if canonical(address) != canonical(writer)]
    if others:
        detail = f"{writer} asks for {', '.join(others)}; run `digest unsubscribe` if that is right"
        return Outcome(email=writer, kind=mail.kind, done=_LEFT, detail=detail)
    reader = _at(store, writer)
    if reader is None:
        detail = "is not subscribed; run `digest unsubscribe` for the address that is meant"
        return Outcome(email=writer, kind=mail.kind, done=_LEFT, detail=detail)
    return _ended(store, mail, reader, subscriptions.STOPPED, now)


def _ended(store: Store, mail: Returned, reader: Subscriber, reason: str, now: datetime) -> Outcome:
    """Unsubscribe who said stop or complained."""
    with store.transaction():
        if not store.returned.add(mail.fingerprint, reader.id, mail.kind, now):
            return _again(mail, reader)
        change = subscriptions.stop(store, reader.email, now, reason=reason)
    return Outcome(email=reader.email, kind=mail.kind, done=change.done, detail=reason)


def _again(mail: Returned, reader: Subscriber) -> Outcome:
    return Outcome(email=reader.email, kind=mail.kind, done="known", detail="it counted before")


def _failure(store: Store, mail: Returned, rules: Rules, now: datetime) -> Outcome:
    reader = _about(store, mail, rules)
    if reader is None:
        return _unproved(mail)
    if mail.kind is Kind.COMPLAINT:
        return _ended(store, mail, reader, mail.reason, now)
    left = store.outbox.addresses(reader.id) - {canonical(reader.email)}
    if left & set(map(canonical, mail.addresses)):
        detail = "is about an address that the subscriber has left"
        return Outcome(email=reader.email, kind=mail.kind, done="ignored", detail=detail)
    at = min(mail.at or now, now)
    since = now - timedelta(days=rules.days)
    with store.transaction():
        if not store.returned.add(mail.fingerprint, reader.id, mail.kind, at):
            return _again(mail, reader)
        barred = store.subscribers.suppressed(reader.email)
        if barred:
            detail = f"it is suppressed already ({barred})"
            return Outcome(email=reader.email, kind=mail.kind, done="unchanged", detail=detail)
        count = store.returned.count(reader.id, Kind.SOFT, since)
        if mail.kind is Kind.SOFT and (count < rules.mails or at < since):
            told = f"{count} of {rules.mails} within {rules.days} days ({mail.reason})"
            told = told if at >= since else f"too old to count ({mail.reason})"
            return Outcome(email=reader.email, kind=mail.kind, done="counted", detail=told)
        times = f"{count} times within {rules.days} days: " if mail.kind is Kind.SOFT else ""
        reason = f"bounced: {times}{mail.reason}"
        store.subscribers.suppress(Suppression(email=reader.email, reason=reason, since=now))
    return Outcome(email=reader.email, kind=mail.kind, done="suppressed", detail=reason)


def _unproved(mail: Returned) -> Outcome:
    about = ", ".join(mail.addresses)
    if mail.subscriber_id:
        detail = "is about somebody who was forgotten"
        return Outcome(email=about, kind=mail.kind, done="ignored", detail=detail)
    detail = f"nothing of ours proves it ({mail.reason}); --unproved believes it all the same"
    return Outcome(email=about, kind=mail.kind, done=_LEFT, detail=detail)


def _about(store: Store, mail: Returned, rules: Rules) -> Subscriber | None:
    """Find the subscriber whom a mail is about, as is proved, or as it says if so wished."""
    if mail.subscriber_id or not rules.unproved:
        return _known(store, mail.subscriber_id)
    found = (_at(store, address) for address in mail.addresses)
    return next((reader for reader in found if reader), None)


def _known(store: Store, identifier: str) -> Subscriber | None:
    found = store.subscribers.get([identifier]) if identifier else {}
    return next((row.subscriber for row in found.values()), None)


def _at(store: Store, email: str) -> Subscriber | None:
    return next((row.subscriber for row in store.subscribers.at([email]).values()), None)
