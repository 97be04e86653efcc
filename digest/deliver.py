"""Hands the outbox over to a transport, each delivery marked before and after.

``submitting`` is committed before a message's bytes leave, and the outcome as soon as it is
known; what a killed run leaves behind is found and retried under the same Message-ID.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from digest import plan
from digest.errors import TemplateError, TransportError
from digest.model import (
    Delivery,
    DeliveryStatus,
    Digest,
    Message,
    SendResult,
    Status,
    Subscriber,
    Suppression,
)
from digest.store import Store
from digest.transports import Transport

_BATCH = 100
_ALIKE = 5  # as many refusals in a row for the same policy are about us
_POLICY = re.compile(r"^5\d\d[ -]5\.7\.\d")
# RFC 3463 section 3.2: bad mailbox, bad destination system, mailbox moved, null MX (RFC 7505).
_ADDRESS_IS_BAD = re.compile(r"^5\d\d[ -]5\.1\.(1|2|3|6|10)\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long deliveries are tried: the first delay, the deadline, and what of the uncertain."""

    first_delay: timedelta = timedelta(seconds=60)
    deadline: timedelta = timedelta(hours=24)
    retry_uncertain: bool = True


class _Refusals:
    """Notices when every recipient in a row is refused for one and the same policy.

    That is about us, not about them (RFC 3463 section 3.8): the run stops, and they stay due.
    """

    def __init__(self) -> None:
        self.said = ""
        self._refused: list[Delivery] = []
        self._heard = 0

    def hear(self, delivery: Delivery, result: SendResult) -> list[Delivery]:
        """Hear of an outcome; gives the deliveries refused alike once there are enough."""
        said = result.response if _POLICY.match(result.response) else ""
        if not said or said != self.said:
            self._refused = []
        self.said = said
        if said:
            self._refused.append(delivery)
        self._heard += 1
        return self._refused if len(self._refused) >= _ALIKE else []

    def unanimous(self) -> list[Delivery]:
        """Give the refused where there were no others, and more than one."""
        alone = len(self._refused) == self._heard
        return self._refused if alone and len(self._refused) > 1 else []


def unheard(delivery: Delivery, result: SendResult) -> None:
    """Hear of an outcome and say nothing."""
    del delivery, result


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What delivering needs: the store, a way to render, a transport, the time, when to stop."""

    store: Store
    render: Callable[[Digest, Subscriber, str], Message]
    transport: Transport
    patience: Patience
    now: Callable[[], datetime]
    stopped: Callable[[], bool] = lambda: False
    told: Callable[[Delivery, SendResult], None] = unheard
    refusals: _Refusals = field(default_factory=_Refusals)


def deliver(desk: Desk, only: str = "") -> int:
    """Send all that is due; gives how many deliveries were decided.

    Raises:
        TransportError: the server cannot be used; what was not sent stays as it was.
    """
    decided = 0
    while not desk.stopped():
        batch = desk.store.outbox.due(
            desk.now(), uncertain=desk.patience.retry_uncertain, limit=_BATCH, only=only
        )
        if not batch:
            break
        of_batch = _deliver_batch(desk, batch)
        decided += of_batch
        if not of_batch:
            break
    _stop_for(desk, desk.refusals.unanimous(), desk.refusals.said)
    return decided


def _deliver_batch(desk: Desk, batch: Sequence[Delivery]) -> int:
    subscriptions = desk.store.subscribers.get({row.edition.subscriber_id for row in batch})
    stored = {row.edition: desk.store.outbox.digest(row.edition) for row in batch}
    ids = {entry for digest in stored.values() if digest for entry in digest.entry_ids}
    entries = desk.store.entries.named(ids)
    pictures = desk.store.pictures.named(
        {name for digest in stored.values() if digest for name in digest.pictures.values()}
    )
    decided = 0
    for delivery in batch:
        if desk.stopped():
            break
        subscription = subscriptions.get(delivery.edition.subscriber_id)
        planned = stored[delivery.edition]
        if subscription is None or planned is None:
            continue
        subscriber = subscription.subscriber
        barred = _barred(desk.store, subscriber)
        if barred:
            result = SendResult(status=DeliveryStatus.SUPPRESSED, response=barred)
            _record(desk, delivery, result)
        else:
            digest = planned.digest(delivery.edition, entries, pictures)
            _render_and_send(desk, delivery, digest, subscriber)
        decided += 1
    return decided


def _barred(store: Store, subscriber: Subscriber) -> str:
    """Look at the last moment whether the address may be mailed."""
    if subscriber.status is Status.UNSUBSCRIBED:
        return "unsubscribed"
    return store.subscribers.suppressed(subscriber.email)


def _render_and_send(
    desk: Desk, delivery: Delivery, digest: Digest, subscriber: Subscriber
) -> None:
    """Send one mail; one that cannot be rendered waits for its template, and stops no other."""
    try:
        message = desk.render(digest, subscriber, delivery.message_id)
    except (TemplateError, ValueError) as error:
        unfit = SendResult(status=DeliveryStatus.DEFERRED, response=f"not rendered: {error}")
        _record(desk, delivery, unfit)
        return
    _send(desk, delivery, message)


def _send(desk: Desk, delivery: Delivery, message: Message) -> None:
    desk.store.outbox.submitting(delivery.edition, desk.now())
    try:
        result = desk.transport.send(message)
    except TransportError as error:
        # Nothing left: the delivery is what it was, and the next run finds it.
        was = SendResult(status=delivery.status, response=str(error))
        desk.store.outbox.restore(delivery, was, desk.now())
        raise
    _record(desk, delivery, result)
    _stop_for(desk, desk.refusals.hear(delivery, result), result.response)


def _stop_for(desk: Desk, refused: Sequence[Delivery], response: str) -> None:
    """End the pass for refusals that are about us; the refused stay due.

    Raises:
        TransportError: there are such.
    """
    for delivery in refused:
        was = SendResult(status=DeliveryStatus.DEFERRED, response=response)
        desk.store.outbox.restore(delivery, was, desk.now())
    if refused:
        raise TransportError(
            f"the mail server refuses every recipient alike ({response}); "
            "settle it with its operator"
        )


def _record(desk: Desk, delivery: Delivery, result: SendResult) -> None:
    """Write the outcome down; what may be tried again gets its next time, until the deadline."""
    now = desk.now()
    next_attempt = None
    if result.status in {DeliveryStatus.DEFERRED, DeliveryStatus.UNCERTAIN}:
        delay = plan.retry_delay(
            delivery.attempts + 1,
            desk.patience.first_delay,
            delivery.message_id,
            result.response,
        )
        next_attempt = now + delay
        if next_attempt > delivery.planned_at + desk.patience.deadline:
            late = f"given up after {desk.patience.deadline}: {result.response}"
            result = SendResult(status=DeliveryStatus.FAILED, code=result.code, response=late)
            next_attempt = None
    if result.status is DeliveryStatus.FAILED and _ADDRESS_IS_BAD.match(result.response):
        desk.store.subscribers.suppress(
            Suppression(email=delivery.email, reason=result.response, since=now)
        )
    desk.store.outbox.record(delivery.edition, result, now, next_attempt)
    desk.told(delivery, result)
