"""Messages for the tests of sending, and an office that gives them out and keeps what it hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from digest.model import Message, SendResult
from digest.transports import Answer
from digest.transports.smtp import Server, SmtpTransport
from integration.servers import LOOPBACK

SENDER = "digest@example.org"


def message(
    to: str = "ada@example.org",
    content: bytes = b"Subject: s\r\n\r\ntext\r\n",
    sender: str = SENDER,
) -> Message:
    """Make a message."""
    return Message(
        message_id=f"<{to}>",
        sender=sender,
        recipient=to,
        subject="s",
        content=content,
    )


def letters(number: int) -> list[Message]:
    """Make messages to as many recipients."""
    return [message(f"r{at}@example.org") for at in range(number)]


@dataclass
class Pile:
    """An office with a pile of messages; those ``called_back`` may not leave."""

    messages: list[Message]
    called_back: set[str] = field(default_factory=set)
    stop_after: int = 1000
    left: list[str] = field(default_factory=list)
    heard: dict[str, SendResult] = field(default_factory=dict)

    def next(self, connection: int) -> Message | None:
        """Give the next one."""
        del connection
        return self.messages.pop(0) if self.messages else None

    def prepare(self, number: int) -> None:
        """Do nothing: they are made."""

    def mark(self, answers: Sequence[Answer], leaving: Sequence[Message]) -> Sequence[bool]:
        """Keep answers, and who leaves."""
        self.heard |= {answer.message.recipient: answer.result for answer in answers}
        may = [message.recipient not in self.called_back for message in leaving]
        going = [one.recipient for one, allowed in zip(leaving, may, strict=True) if allowed]
        self.left += going
        return may

    def stopped(self) -> bool:
        """Stop after so many have left."""
        return len(self.left) >= self.stop_after

    @property
    def statuses(self) -> list[str]:
        """Say what became of each, in the order of the recipients."""
        return [str(self.heard[who].status) for who in sorted(self.heard)]


def carry(port: int, pile: Pile, connections: int = 1, timeout: float = 2.0) -> None:
    """Carry a pile to a server of this machine."""
    server = Server(host=LOOPBACK, port=port, connections=connections, timeout=timeout)
    with SmtpTransport(server) as transport:
        transport.carry(pile)


def carried(port: int, number: int, connections: int = 1, timeout: float = 2.0) -> Pile:
    """Carry so many messages to a server of this machine; gives what was heard."""
    pile = Pile(letters(number))
    carry(port, pile, connections, timeout)
    return pile
