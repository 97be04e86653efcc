"""One connection of several: its conversation, and what it waits for."""

from __future__ import annotations

import selectors
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

from digest.model import Message, SendResult
from digest.transports._connection import Connection
from digest.transports._conversation import Conversation
from digest.transports._replies import LostError
from digest.transports._wire import Server, Steps, Want

# Asked of every line again and again: an enum's own lookup takes three times as long.
_MESSAGE, _LEAVE, _REPLY, _TLS = Want.MESSAGE, Want.LEAVE, Want.REPLY, Want.TLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all lines share; ``next`` gives the message that may go now on a line."""

    server: Server
    context: Callable[[], ssl.SSLContext]
    selector: selectors.BaseSelector
    next: Callable[[Line], Message | None]
    tell: Callable[[Message, SendResult], None]


@dataclass(slots=True)
class Line:
    """A connection, open or not; ``again`` is a message that lost it, ``retired`` is for good."""

    number: int
    around: Surroundings
    connection: Connection | None = None
    conversation: Conversation | None = None
    want: Want | None = None
    again: Message | None = None
    retired: bool = False
    _steps: Steps | None = None

    @property
    def is_open(self) -> bool:
        """Whether there is a connection."""
        return self.connection is not None

    @property
    def idle(self) -> bool:
        """Whether it waits for a message."""
        return self.want is _MESSAGE

    @property
    def busy(self) -> bool:
        """Whether it waits for the server."""
        return self.connection is not None and self.want is not _MESSAGE

    @property
    def deadline(self) -> float:
        """Until when the server's next word may come, by the monotonic clock.

        It owes none while a message waits to leave.
        """
        owed = self.want is _REPLY or self.want is _TLS
        return self.connection.deadline if self.connection and owed else inf

    @property
    def ready(self) -> bool:
        """Whether its session is open."""
        return self.conversation is not None and self.conversation.ready

    @property
    def leaving(self) -> Message | None:
        """The message that waits to leave."""
        if self.want is not _LEAVE or self.conversation is None:
            return None
        return self.conversation.message

    def open(self) -> None:
        """Connect.

        Raises:
            OSError: there is nobody.
        """
        server = self.around.server
        address = (server.host, server.port)
        self.connection = Connection(address, server.timeout, self.around.selector, self.number)
        self.conversation = Conversation(
            server, self.connection, lambda: self.around.next(self), self.around.tell
        )
        self._steps = self.conversation.steps()
        self.go_on()

    def close(self) -> None:
        """Close the connection without a word."""
        if self.connection is not None:
            self.connection.close()
        self.connection = self.conversation = self._steps = self.want = None

    def start(self, message: Message) -> None:
        """Hand over a message, being idle."""
        if self.conversation is not None:
            self.conversation.message = message
            self.go_on()

    def let_go(self, may: bool) -> None:
        """Let the message leave that waits to, or not."""
        if self.conversation is not None:
            self.conversation.may = may
            self.go_on()

    def move(self, events: int) -> None:
        """Read and write what can be.

        Raises:
            LostError: the connection is of no more use.
            TransportError: no message can be handed over.
        """
        connection = self.connection
        if connection is None:
            return
        if self.want is _TLS:
            self.go_on()
            return
        if events & selectors.EVENT_WRITE:
            connection.flush()
        if events & selectors.EVENT_READ:
            try:
                connection.fill()
            finally:
                if self.want is _REPLY:
                    self.go_on()
            if self.idle and connection.unread:
                raise LostError("the server spoke unasked")

    def go_on(self) -> None:
        """Let the conversation go on until it waits."""
        if self._steps is None or self.connection is None or self.conversation is None:
            return
        while True:
            if self.want is _TLS:
                name = self.around.server.host
                if not self.connection.handshake(self.around.context(), name):
                    return
            self.want = next(self._steps)
            if self.want is _MESSAGE:
                self.conversation.message = self.around.next(self)
                if self.conversation.message is not None:
                    continue
            if self.want is not _TLS:
                return
