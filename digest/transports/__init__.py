"""The seam for delivery: one file a way of handing over mails.

A transport asks an office for messages, several at once where it can, and says what became of
each. The office commits what is to leave before it leaves, and each answer as it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from digest.model import Message, SendResult


@dataclass(frozen=True, slots=True)
class Wait:
    """No message may go for so many ``seconds``."""

    seconds: float


class Answer(NamedTuple):
    """What became of a message."""

    message: Message
    result: SendResult


class Office(Protocol):
    """Where messages come from and answers go."""

    def next(self, connection: int) -> Message | Wait | None:
        """Give the next message for a connection, counted from 1; None once there are no more."""

    def prepare(self, number: int) -> None:
        """Have up to so many messages ready before they are asked for; it takes a moment at most.

        What is to leave at once should not have to wait for each other's making. One that may not
        be sent is recorded as ``next`` does.
        """

    def mark(self, answers: Sequence[Answer], leaving: Sequence[Message]) -> Sequence[bool]:
        """Commit answers, and which messages leave now; gives for each whether it may.

        One that may not is not heard of again. Called with nothing now and then, too.
        """

    def stopped(self) -> bool:
        """Whether to end soon: nothing new is asked for."""


class Transport(Protocol):
    """Hands over messages; used as a context, which closes the connections."""

    def __enter__(self) -> Self:
        """Open lazily: nothing is sent before the first message."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""

    def carry(self, office: Office) -> None:
        """Hand over all messages of an office; each is answered, or did not leave.

        Raises:
            TransportError: no message can be handed over; those without an answer did not leave.
        """


def one_by_one(office: Office, send: Callable[[Message], SendResult]) -> None:
    """Carry messages by a function that hands over one."""
    while isinstance(message := office.next(1), Message):
        if all(office.mark((), (message,))):
            office.mark((Answer(message, send(message)),), ())


@dataclass(slots=True)
class _Counter:
    """An office with one message, of which no record is kept."""

    message: Message | None
    answers: list[Answer] = field(default_factory=list)

    def next(self, connection: int) -> Message | None:
        """Give the message once."""
        del connection
        message, self.message = self.message, None
        return message

    def prepare(self, number: int) -> None:
        """Do nothing: the message is there."""

    def mark(self, answers: Sequence[Answer], leaving: Sequence[Message]) -> Sequence[bool]:
        """Keep the answer."""
        self.answers.extend(answers)
        return [True] * len(leaving)

    def stopped(self) -> bool:
        """Go on."""
        return False


def hand_over(transport: Transport, message: Message) -> SendResult:
    """Hand over one message; gives its answer.

    Raises:
        TransportError: it cannot be handed over.
    """
    counter = _Counter(message)
    transport.carry(counter)
    return counter.answers[-1].result
