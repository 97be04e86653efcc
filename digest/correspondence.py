"""Sends the letters that are due: each is marked before it leaves, and kept until it was taken.

What a letter says is decided when it goes, so that whoever asks for one learns nothing about the
address it is for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from digest import enrolment, plan, sending
from digest.address import UNSPEAKABLE, canonical, speakable
from digest.app import App
from digest.deliver import Patience
from digest.errors import LockedError, TemplateError, TransportError
from digest.links import PageLinks
from digest.model import DeliveryStatus, Message, SendResult, Status, Subscriber
from digest.rates import Turns, domain_of
from digest.render import Renderer
from digest.store import Store
from digest.store.letters import Kind, Letter
from digest.store.locks import Task
from digest.store.reserve import Reserve
from digest.transports import Answer, Wait

UNANSWERED_MOST = 3  # letters to an address that asks for nothing, within ``KEPT_DAYS``
_AGAIN = {DeliveryStatus.DEFERRED, DeliveryStatus.UNCERTAIN}


def unheard(letter: Letter, result: SendResult) -> None:
    """Hear of an outcome and say nothing."""
    del letter, result


def send(app: App, told: Callable[[Letter, SendResult], None] = unheard) -> str:
    """Send the letters that are due; gives the mail server's trouble, or "".

    Another process that is at it is left to it.
    """
    links = app.links()
    with app.store() as store:
        enrolment.prune(store, app.now())
        if links is None:
            return ""
        try:
            with store.lock("letters", Task.WRITING):
                store.letters.recover()
                return _send(app, store, links, told)
        except LockedError:
            return ""


def _send(
    app: App, store: Store, links: PageLinks, told: Callable[[Letter, SendResult], None]
) -> str:
    due = store.letters.due(app.now())
    if not due:
        return ""
    reserve = store.reserve(Task.WRITING)
    reserve.make()
    tray = _Tray(
        app=app,
        store=store,
        links=links,
        told=told,
        renderer=app.renderer(),
        waiting=list(due),
        turns=Turns(sending.rates(app.config.smtp), store.turns.known(app.now())),
        reserve=reserve,
    )
    try:
        with app.transport() as transport:
            transport.carry(tray)
    except TransportError as error:
        tray.put_off(str(error))
        return str(error)
    reserve.check()
    return ""


@dataclass(kw_only=True)
class _Tray:
    """The office of the letters."""

    app: App
    store: Store
    links: PageLinks
    told: Callable[[Letter, SendResult], None]
    renderer: Renderer
    waiting: list[Letter]
    turns: Turns
    reserve: Reserve
    _out: dict[str, Letter] = field(default_factory=dict)  # by Message-ID
    _left: set[str] = field(default_factory=set)

    def stopped(self) -> bool:
        """Whether to end soon."""
        return self.app.stopped() or self.reserve.spent is not None

    def next(self, connection: int) -> Message | Wait | None:
        """Give the next letter whose turn has come; one that may not go is recorded instead."""
        while self.waiting and not self.stopped():
            now = self.app.now()
            if not self.turns.free:
                self.turns.hear(self.store.turns.news(now), now)
            if wait := self.turns.connection(connection, now):
                return Wait(wait)
            waits = [self.turns.domain(domain_of(one.email), now) for one in self.waiting]
            if all(waits):
                return Wait(min(waits))
            letter = self.waiting.pop(waits.index(0))
            written = self._written(letter)
            if isinstance(written, Message):
                self.turns.take(connection, letter.email, now)
                self._out[written.message_id] = letter
                return written
            self._settle([(letter, written)])
        return None

    def prepare(self, number: int) -> None:
        """Do nothing: letters are few."""

    def mark(self, answers: Sequence[Answer], leaving: Sequence[Message]) -> Sequence[bool]:
        """Commit answers and what leaves now; gives for each whether it may."""
        answered = [(self._out.pop(one.message.message_id), one.result) for one in answers]
        may = self._settle(answered, leaving)
        for message, allowed in zip(leaving, may, strict=True):
            if allowed:
                self._left.add(message.message_id)
            else:
                del self._out[message.message_id]
        return may

    def _settle(
        self, answered: Sequence[tuple[Letter, SendResult]], leaving: Sequence[Message] = ()
    ) -> Sequence[bool]:
        """Write down what became of letters and which leave; gives for each whether it may."""
        turns = self.turns.changed()

        def work() -> tuple[list[SendResult], list[bool]]:
            results = [self._record(letter, result) for letter, result in answered]
            if turns:
                self.store.turns.put(turns)
            return results, [self._may_leave(message) for message in leaving]

        results, may = self.reserve.commit(work)
        for (letter, _), result in zip(answered, results, strict=True):
            self.told(letter, result)
        return may

    def _may_leave(self, message: Message) -> bool:
        if self.reserve.spent:
            return False
        return self.store.letters.submitting(self._out[message.message_id])

    def put_off(self, why: str) -> None:
        """Let what did not leave wait for the server."""
        kept = [letter for name, letter in self._out.items() if name not in self._left]
        late = SendResult(status=DeliveryStatus.DEFERRED, response=why)
        self._settle([(letter, late) for letter in (*kept, *self.waiting)])

    def _written(self, letter: Letter) -> Message | SendResult:
        """Write a letter, or say why it does not go."""
        found = self._purpose(letter)
        if isinstance(found, str):
            return SendResult(status=DeliveryStatus.SUPPRESSED, response=found)
        kind, reader, link = found
        try:
            return self.renderer.letter(kind, reader, link, letter.asked_at, letter.id)
        except (TemplateError, ValueError, OSError) as error:
            if not speakable(letter.email):
                return SendResult(status=DeliveryStatus.FAILED, response=UNSPEAKABLE)
            said = f"not rendered: {error}"
            return SendResult(status=DeliveryStatus.DEFERRED, response=said)

    def _purpose(self, letter: Letter) -> tuple[str, Subscriber, str] | str:
        """Give the kind of the letter, its reader and its link; or why there is none."""
        known = self.store.subscribers.at([letter.email]).get(canonical(letter.email))
        barred = self.store.subscribers.suppression(letter.email)
        reader = known.subscriber if known else None
        active = reader is not None and reader.status is not Status.UNSUBSCRIBED and not barred
        if reader is not None and active:
            kind = "welcome" if letter.kind is Kind.WELCOME else "preferences"
            return kind, reader, self.links.preferences(reader.id, letter.asked_at.date())
        if letter.kind in {Kind.WELCOME, Kind.PREFERENCES} or letter.subscriber is None:
            return "nobody who is subscribed"
        if barred and not barred.stopped:
            return barred.reason
        if self._pestered(letter):
            return f"{UNANSWERED_MOST} letters were not answered"
        last = letter.asked_at.date() + timedelta(days=enrolment.LINK_DAYS)
        if letter.kind is Kind.ADDRESS:
            return "address", letter.subscriber, self.links.moved(letter.id, last)
        return "confirm", letter.subscriber, self.links.confirm(letter.id, last)

    def _pestered(self, letter: Letter) -> bool:
        """Whether an address was asked often, and has answered none of it."""
        others = [
            other
            for other in self.store.letters.of([letter.email])
            if other.kind in {Kind.SUBSCRIBE, Kind.ADDRESS} and other.id != letter.id
        ]
        sent = [other for other in others if other.status is DeliveryStatus.SENT]
        return len(sent) >= UNANSWERED_MOST and not any(other.answered for other in others)

    def _record(self, letter: Letter, result: SendResult) -> SendResult:
        """Write an outcome down; what may be tried again gets its time, until the deadline."""
        now, patience = self.app.now(), self._patience
        at = None
        if result.status in _AGAIN:
            delay = plan.retry_delay(
                letter.attempts + 1, patience.first_delay, letter.id, result.response
            )
            at = plan.next_attempt(now + delay, letter.asked_at + patience.deadline, now)
            if at is None:
                late = f"given up after {patience.deadline}: {result.response}"
                result = replace(result, status=DeliveryStatus.FAILED, response=late)
        self.store.letters.record(letter, result, at)
        return result

    @property
    def _patience(self) -> Patience:
        return sending.patience(self.app.config.smtp)
