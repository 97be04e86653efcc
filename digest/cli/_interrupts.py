"""Has a command end in good order on Ctrl-C or SIGTERM, where its work asks whether to stop."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from types import FrameType

import click

_LATELY = 3.0  # seconds; while mails are handed over it is asked twice a second
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class Interrupt:
    """Says whether to stop; ``heard`` is the signal for which.

    One is heard only if somebody asked lately, who will stop soon. Else it does at once what it
    does to any program, and so does the next one. No harm is done by that, but to the mails whose
    text has left: without their answer they are uncertain.
    """

    heard: signal.Signals | None = None
    monotonic: Callable[[], float] = time.monotonic
    _asked: float = -inf
    _told: bool = field(default=False, init=False)

    def __call__(self) -> bool:
        """Whether to stop."""
        self._asked = self.monotonic()
        if self.heard and not self._told:
            self._told = True
            click.echo(f"{self.heard.name}: ending; once more ends at once", err=True)
        return self.heard is not None

    def hears(self, number: int) -> bool:
        """Take a signal, unless it is to do what it does to any program."""
        if self.heard or self.monotonic() - self._asked > _LATELY:
            return False
        self.heard = signal.Signals(number)
        return True


@contextmanager
def interrupts() -> Iterator[Interrupt]:
    """Hear signals for a while, in the main thread."""
    interrupt = Interrupt()

    def hear(number: int, frame: FrameType | None) -> None:
        del frame
        if not interrupt.hears(number):
            signal.signal(number, before[signal.Signals(number)])
            signal.raise_signal(number)

    before = {number: signal.signal(number, hear) for number in _SIGNALS}
    try:
        yield interrupt
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
