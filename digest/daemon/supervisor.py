"""Tells systemd how the daemon stands, over the socket that it names (sd_notify(3)).

Where there is none, nothing is told.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """The socket's address, and the seconds within which the watchdog wants to hear of us."""

    address: str = ""
    watchdog: float = 0.0

    def ready(self, status: str) -> None:
        """Say that all runs, at the start and after a reload."""
        self._tell("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """Say that the configuration is read anew; ``ready`` ends it."""
        # Type=notify-reload wants the time too.
        self._tell("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that no more work is begun."""
        self._tell("STOPPING=1", "STATUS=stopping")

    def moves(self) -> None:
        """Feed the watchdog."""
        if self.watchdog:
            self._tell("WATCHDOG=1")

    def _tell(self, *lines: str) -> None:
        if not self.address:
            return
        name = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        said = "\n".join(line.replace("\n", " ") for line in lines)
        # One who does not listen loses nothing but the news.
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock,
        ):
            sock.sendto(said.encode(), name)


def supervisor(environ: Mapping[str, str] = os.environ) -> Supervisor:
    """Read what systemd says of its socket and watchdog (sd_watchdog_enabled(3))."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return Supervisor()
    span, meant = environ.get("WATCHDOG_USEC", ""), environ.get("WATCHDOG_PID", "")
    ours = span.isdecimal() and meant in {"", str(os.getpid())}
    return Supervisor(address=address, watchdog=int(span) / 1_000_000 if ours else 0.0)
