"""The seam for delivery: one file a way of handing over mails.

A transport takes one message at a time and says what became of it. It raises TransportError
only where no message at all can be handed over (connection, TLS, login).
"""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from digest.model import Message, SendResult


class Transport(Protocol):
    """Hands over messages; used as a context, which closes the connection."""

    def __enter__(self) -> Self:
        """Open lazily: nothing is sent before the first message."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close."""

    def send(self, message: Message) -> SendResult:
        """Hand over one message.

        Raises:
            TransportError: no message can be handed over; this one did not leave.
        """
