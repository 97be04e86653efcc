"""digest.cli._interrupts: a signal is taken where somebody asks whether to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from digest.cli._interrupts import Interrupt, interrupts


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    """Have Ctrl-C interrupt, whoever runs the tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("seconds", "expected"), [(2.0, True), (3.5, False)])
def test_taken_if_asked_lately(seconds: float, expected: bool) -> None:
    """A signal is taken if somebody asked in the last seconds."""
    times = iter([1000.0, 1000.0 + seconds])
    interrupt = Interrupt(monotonic=lambda: next(times))
    assert not interrupt()
    assert expected == interrupt.takes(signal.SIGINT)


@pytest.mark.parametrize("asked", [False, True])
def test_not_taken_where_nobody_asks(asked: bool) -> None:
    """Where nobody has asked, or who did has ended, a signal is not taken."""
    interrupt = Interrupt(monotonic=lambda: 1000.0)
    if asked:
        interrupt()
        interrupt.over()
    assert not interrupt.takes(signal.SIGINT)


def test_the_second_is_not_taken(capsys: pytest.CaptureFixture[str]) -> None:
    """Who asks is told to stop from the first signal on, which is said once."""
    interrupt = Interrupt(monotonic=lambda: 0.0)
    interrupt()
    taken = [interrupt.takes(number) for number in (signal.SIGTERM, signal.SIGINT)]
    before, told = interrupt.heeded, [interrupt(), interrupt()]
    assert ([True, False], None, [True, True]) == (taken, before, told)
    said = "SIGTERM: ending; once more ends at once\n"
    assert (signal.SIGTERM, said) == (interrupt.heeded, capsys.readouterr().err)


def test_all_is_as_before_afterwards() -> None:
    """While somebody asks, a signal interrupts nothing; what is ignored stays so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with interrupts() as interrupt:
        asked = [interrupt()]
        signal.raise_signal(signal.SIGINT)
        asked.append(interrupt())
        signal.raise_signal(signal.SIGTERM)
        asked.append(interrupt())
    assert [False, False, True] == asked
    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]


def test_another_thread_hears_none() -> None:
    """In a thread that cannot hear signals all goes on as without them."""
    asked: list[bool] = []

    def ask() -> None:
        with interrupts() as interrupt:
            asked.append(interrupt())

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert [False] == asked
