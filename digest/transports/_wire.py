"""What a conversation with a mail server goes over, and what it waits for."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Protocol

from digest.transports._replies import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The mail server; ``timeout`` is seconds a reply, ``token`` gets one of OAuth 2 instead."""

    host: str
    port: int
    security: str = "none"
    username: str = ""
    password: str = field(default="", repr=False)
    token: Callable[[], str] | None = field(default=None, repr=False)
    timeout: float = 60.0
    connections: int = 1

    @property
    def place(self) -> str:
        """Name the server in messages."""
        return f"mail server {self.host}:{self.port}"


class Wire(Protocol):
    """What a conversation goes over."""

    @property
    def secure(self) -> bool:
        """Whether it is inside TLS."""

    @property
    def here(self) -> str:
        """Our own address."""

    @property
    def unread(self) -> bool:
        """Whether the server said more than was asked."""

    def write(self, *parts: bytes) -> None:
        """Send bytes."""

    def expect(self) -> None:
        """Begin to wait for a reply."""

    def take(self) -> Reply | None:
        """Take a reply, if one has come."""


class Want(Enum):
    """What a conversation waits for."""

    REPLY = auto()
    TLS = auto()
    MESSAGE = auto()  # to hand over, in ``message``
    LEAVE = auto()  # to know whether ``message`` may leave, in ``may``


Steps = Generator[Want, None, None]
Asking = Generator[Want, None, Reply]


def reply(wire: Wire) -> Asking:
    """Wait for the next reply."""
    found = wire.take()
    if found is None:
        wire.expect()
        while found is None:
            yield Want.REPLY
            found = wire.take()
    return found


def ask(wire: Wire, command: str) -> Asking:
    """Say a command and wait for its reply."""
    wire.write(f"{command}\r\n".encode())
    return (yield from reply(wire))
