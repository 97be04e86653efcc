"""Has a command end in good order on Ctrl-C or SIGTERM."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from math import inf
from types import FrameType

import click

_LATELY = 3.0  # seconds; who hands over mails asks twice a second at least, but for a slow disk
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
BY_SIGNAL = 128  # what shells add to a signal's number to make an exit code


@dataclass(slots=True)
class Interrupt:
    """Says whether to stop; ``heeded`` is the signal for which somebody was told to.

    A signal is taken only if somebody asked lately, who will stop soon. Else the program ends at
    once, and so it does on the next one. No harm is done by that, but to the mails whose text has
    left: without their answer they are uncertain.
    """

    monotonic: Callable[[], float] = time.monotonic
    heeded: signal.Signals | None = field(default=None, init=False)
    _taken: signal.Signals | None = field(default=None, init=False)
    _asked: float = field(default=-inf, init=False)

    def __call__(self) -> bool:
        """Whether to stop."""
        self._asked = self.monotonic()
        if self._taken and not self.heeded:
            self.heeded = self._taken
            with suppress(OSError):  # who would read it may have been interrupted, too
                click.echo(f"{self.heeded.name}: ending; once more ends at once", err=True)
        return self.heeded is not None

    def over(self) -> None:
        """Note that who asked has ended, and that for a while nobody will ask."""
        self._asked = -inf

    def takes(self, number: int) -> bool:
        """Take a signal, unless the program is to end at once."""
        if self._taken or self.monotonic() - self._asked > _LATELY:
            return False
        self._taken = signal.Signals(number)
        return True


@contextmanager
def interrupts() -> Iterator[Interrupt]:
    """Hear signals for a while."""
    interrupt = Interrupt()

    def hear(number: int) -> None:
        if not interrupt.takes(number):
            # As the daemon does: a pull's threads would be waited for, and nothing needs them.
            os._exit(BY_SIGNAL + number)

    with _heard(hear, _SIGNALS):
        yield interrupt


@contextmanager
def unwinding() -> Iterator[None]:
    """Have SIGTERM end what is under way as Ctrl-C does: what is temporary goes."""

    def hear(number: int) -> None:
        raise SystemExit(BY_SIGNAL + number)

    with _heard(hear, [signal.SIGTERM]):
        yield


@contextmanager
def _heard(hear: Callable[[int], None], signals: Sequence[signal.Signals]) -> Iterator[None]:
    """Hear signals, but those that are ignored; only the main thread may."""

    def handle(number: int, frame: FrameType | None) -> None:
        del frame
        hear(number)

    before = {number: signal.getsignal(number) for number in signals}
    heard = [number for number, handler in before.items() if handler is not signal.SIG_IGN]
    if threading.current_thread() is not threading.main_thread():
        heard = []
    try:
        for number in heard:
            signal.signal(number, handle)
        yield
    finally:
        for number in heard:
            signal.signal(number, before[number])
