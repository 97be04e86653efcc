"""Hands the outbox over to a transport, each delivery marked before and after.

``submitting`` is committed before a message's content leaves, and the outcome as soon as it is
known; what a killed run leaves behind is found and retried under the same Message-ID.
"""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import compress

from digest import plan
from digest.address import UNSPEAKABLE, speakable
from digest.dispatch import Dispatch
from digest.drafts import Drafts
from digest.errors import StoreError, TemplateError, TransportError
from digest.garbage import seldom
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
from digest.rates import Rates, Turns
from digest.refusals import Refusals, is_open
from digest.store import Store
from digest.syncing import Safety, Syncing
from digest.transports import Answer, Transport, Wait

# RFC 3463 section 3.2: bad mailbox, bad destination system, mailbox moved, null MX (RFC 7505).
_ADDRESS_IS_BAD = re.compile(r"^5\d\d[ -]5\.1\.(1|2|3|6|10)\b")

_MOMENT = 0.1  # seconds for which messages are made while nobody listens to servers
_SENT, _DEFERRED = DeliveryStatus.SENT, DeliveryStatus.DEFERRED


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long deliveries are tried: the first delay, the deadline, and what of the uncertain."""

    first_delay: timedelta = timedelta(seconds=60)
    deadline: timedelta = timedelta(hours=24)
    retry_uncertain: bool = True


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
    rates: Rates = field(default_factory=Rates)
    safety: Safety = field(default_factory=Safety)
    stopped: Callable[[], bool] = lambda: False
    told: Callable[[Delivery, SendResult], None] = unheard
    refusals: Refusals = field(default_factory=Refusals)


def deliver(desk: Desk, only: str = "") -> int:
    """Send all that is due; gives how many deliveries were decided.

    Raises:
        TransportError: the server cannot be used; what was not sent stays as it was.
        StoreError: there is no room to write down what becomes of mails; none left.
        sqlite3.Error: the disk was full, or failed; what was under way is written down.
    """
    desk.store.reserve().make()
    turns = Turns(desk.rates, desk.store.turns.known(desk.now()))
    decided = 0
    with seldom():
        while not desk.stopped():
            dispatch = Dispatch(
                desk.store, turns, uncertain=desk.patience.retry_uncertain, only=only
            )
            window = _Window(desk, dispatch, turns)
            try:
                desk.transport.carry(window)
            finally:
                window.close()
            window.reserve.check()
            _stop_for_refusals(desk.refusals)
            decided += window.decided
            if not window.decided:
                break
    return decided


def _stop_for_refusals(refusals: Refusals) -> None:
    """End the pass for refusals that are about us; the refused stay due.

    Raises:
        TransportError: there are such.
    """
    if refusals.unanimous():
        raise TransportError(
            f"the mail server refuses every recipient alike ({refusals.said}); "
            "settle it with its operator"
        )


def _still_due(delivery: Delivery, said: str) -> tuple[Delivery, SendResult]:
    return delivery, SendResult(status=DeliveryStatus.DEFERRED, response=said)


class _Window:
    """The office that a transport deals with: gives out messages, and has all marked."""

    def __init__(self, desk: Desk, dispatch: Dispatch, turns: Turns) -> None:
        self._desk, self._dispatch, self._turns = desk, dispatch, turns
        self._drafts = Drafts(desk.store)
        # Given out, by Message-ID, with the database's version when it was read.
        self._out: dict[str, tuple[Delivery, int]] = {}
        # Made before they were asked for, with the same; nothing is written down of them yet.
        self._ready: deque[tuple[Message, Delivery, int]] = deque()
        self._barring = False  # this pass has suppressed an address
        self._syncing = Syncing(desk.store.sync, desk.safety)
        self.reserve = desk.store.reserve()
        self.decided = 0

    def stopped(self) -> bool:
        """Whether to end soon."""
        return bool(self._desk.stopped() or self._desk.refusals.alike or self.reserve.spent)

    def next(self, connection: int) -> Message | Wait | None:
        """Give the next message that may go on a connection."""
        while not self.stopped():
            if self._ready:
                message, delivery, as_of = self._ready.popleft()
            else:
                now = self._desk.now()
                found = self._dispatch.next(connection, now)
                if not isinstance(found, Delivery):
                    return found
                made = self._message(found)
                if made is None:
                    continue
                message, delivery, as_of = made, found, self._dispatch.as_of
                self._turns.take(connection, delivery.email, now)
            self._out[message.message_id] = delivery, as_of
            return message
        return None

    def prepare(self, number: int) -> None:
        """Have up to so many messages ready before they are asked for, where no rate says when.

        One that may not be sent is recorded instead.
        """
        if len(self._ready) >= number or not self._turns.free:
            return
        now, until = self._desk.now(), time.monotonic() + _MOMENT
        while len(self._ready) < number and not self.stopped() and time.monotonic() < until:
            delivery = self._dispatch.next(1, now)
            if not isinstance(delivery, Delivery):
                return
            message = self._message(delivery)
            if message is not None:
                self._ready.append((message, delivery, self._dispatch.as_of))

    def mark(self, answers: Sequence[Answer], leaving: Sequence[Message]) -> Sequence[bool]:
        """Commit answers and what leaves now; gives for each whether it may."""
        may: list[bool] = []
        if answers or leaving:
            # Taken once: the same is written again if there was no room for it.
            now, turns = self._desk.now(), self._turns.changed()
            answered, may = self.reserve.commit(lambda: self._write(answers, leaving, now, turns))
            for answer in answers:
                del self._out[answer.message.message_id]
            for delivery, result in answered:
                self._desk.refusals.hear(delivery, result)
                self._tell(delivery, result)
            if not all(may):
                for message, allowed in zip(leaving, may, strict=True):
                    if not allowed:
                        self._call_back(self._out.pop(message.message_id)[0], message)
        self._syncing.add(len(answers) + len(leaving))
        return may

    def _write(
        self,
        answers: Sequence[Answer],
        leaving: Sequence[Message],
        now: datetime,
        turns: Mapping[str, datetime],
    ) -> tuple[list[tuple[Delivery, SendResult]], list[bool]]:
        """Write down answers, what leaves, and turns taken; gives outcomes, and what may leave."""
        store = self._desk.store
        answered = [
            (self._out[message.message_id][0], result)
            if result.status is _SENT  # marked with the others
            else self._answered(message, result, now)
            for message, result in answers
        ]
        may = self._may_leave(leaving)
        store.outbox.mark(
            [(row, said.response) for row, said in answered if said.status is _SENT],
            [self._out[one.message_id][0] for one in compress(leaving, may)],
            now,
        )
        if turns:
            store.turns.put(turns)
        return answered, may

    def _answered(
        self, message: Message, result: SendResult, now: datetime
    ) -> tuple[Delivery, SendResult]:
        """Write down what the server said of a message, and of the address that it went to."""
        delivery = self._out[message.message_id][0]
        result = self._record(delivery, result, now)
        if result.status is DeliveryStatus.FAILED and _ADDRESS_IS_BAD.match(result.response):
            bad = Suppression(email=message.recipient, reason=result.response, since=now)
            self._desk.store.subscribers.suppress(bad)
            self._barring = True
        return delivery, result

    def _may_leave(self, leaving: Sequence[Message]) -> list[bool]:
        """Give for each message whether it still may leave.

        While nobody else writes to the database, all that was read of a delivery holds.
        """
        if self.reserve.spent:
            return [False] * len(leaving)
        outbox = self._desk.store.outbox
        version = outbox.version() if leaving else 0
        may: list[bool] = []
        for message in leaving:
            delivery, read_at = self._out[message.message_id]
            sure = read_at == version and not self._barring
            may.append(sure or outbox.may_leave(delivery, message.recipient))
        return may

    def close(self) -> None:
        """Have all marks outlive a loss of power, and write down whom refusals were about."""
        store = self._desk.store
        try:
            if not self.reserve.spent:
                with store.transaction():
                    store.outbox.fold()
                    for delivery, result in self._desk.refusals.settled():
                        # Unless the operator has decided otherwise meanwhile.
                        store.outbox.record(delivery, result, self._desk.now(), was=_DEFERRED)
        finally:
            self._syncing.close()

    def _message(self, delivery: Delivery) -> Message | None:
        """Render a mail; one that may not go, or cannot be rendered, is recorded instead."""
        draft = self._drafts.take(delivery, self._dispatch.ahead)
        if draft is None:
            return None
        if draft.barred:
            self._settle(delivery, DeliveryStatus.SUPPRESSED, draft.barred)
            return None
        try:
            digest = draft.digest(delivery.edition)
            return self._desk.render(digest, draft.subscriber, delivery.message_id)
        except (TemplateError, StoreError, ValueError, OSError) as error:
            if not speakable(draft.subscriber.email):
                self._settle(delivery, DeliveryStatus.FAILED, UNSPEAKABLE)
                return None
            # It waits for its template, and stops no other.
            self._settle(delivery, DeliveryStatus.DEFERRED, f"not rendered: {error}")
            return None

    def _call_back(self, delivery: Delivery, message: Message) -> None:
        """Record who said stop while the envelope was under way; else the operator has decided."""
        if self.reserve.spent:
            return  # it stays due
        store = self._desk.store
        reason = store.subscribers.suppressed(message.recipient)
        found = store.subscribers.get([delivery.edition.subscriber_id])
        if any(row.subscriber.status is Status.UNSUBSCRIBED for row in found.values()):
            reason = "unsubscribed"
        if reason:
            self._settle(delivery, DeliveryStatus.SUPPRESSED, reason)

    def _settle(self, delivery: Delivery, status: DeliveryStatus, response: str) -> None:
        """Record a delivery that does not go."""
        now, said = self._desk.now(), SendResult(status=status, response=response)
        result = self.reserve.commit(lambda: self._record(delivery, said, now))
        self._syncing.add(1)
        self._tell(delivery, result)

    def _tell(self, delivery: Delivery, result: SendResult) -> None:
        self.decided += 1
        self._desk.told(delivery, result)

    def _record(self, delivery: Delivery, result: SendResult, now: datetime) -> SendResult:
        """Write down how it failed; what may be tried again gets its next time, till a deadline."""
        patience, store = self._desk.patience, self._desk.store
        deadline = delivery.planned_at + patience.deadline
        if is_open(delivery, result) and now < deadline:
            # Were the run killed before it is known whom this is about, it would be asked again.
            store.outbox.record(*_still_due(delivery, result.response), now, tried=False)
            return result
        next_attempt = None
        if result.status in {DeliveryStatus.DEFERRED, DeliveryStatus.UNCERTAIN}:
            delay = plan.retry_delay(
                delivery.attempts + 1, patience.first_delay, delivery.message_id, result.response
            )
            next_attempt = plan.next_attempt(now + delay, deadline, now)
            if next_attempt is None:
                late = f"given up after {patience.deadline}: {result.response}"
                result = SendResult(status=DeliveryStatus.FAILED, code=result.code, response=late)
        tried = result.status is not DeliveryStatus.SUPPRESSED
        store.outbox.record(delivery, result, now, next_attempt=next_attempt, tried=tried)
        return result
