"""digest.cli._interrupts: a signal is heard where somebody asks whether to stop."""

from __future__ import annotations

import signal

import pytest

from digest.cli._interrupts import Interrupt, interrupts


@pytest.mark.parametrize(
    ("asked", "heard", "expected"),
    [([], [1.0], [False]), ([0.0], [2.0], [True]), ([0.0], [9.0], [False])],
)
def test_heard_if_asked_lately(
    asked: list[float], heard: list[float], expected: list[bool]
) -> None:
    """A signal is heard if somebody asked in the last seconds; else it takes its usual course."""
    times = iter([*asked, *heard])
    interrupt = Interrupt(monotonic=lambda: next(times))
    for _ in asked:
        assert not interrupt()
    assert expected == [interrupt.hears(signal.SIGINT) for _ in heard]


def test_the_second_is_not_heard() -> None:
    """Who asks is told to stop from the first signal on; the second takes its usual course."""
    interrupt = Interrupt(monotonic=lambda: 0.0)
    interrupt()
    heard = [interrupt.hears(number) for number in (signal.SIGTERM, signal.SIGINT)]
    assert ([True, False], True, signal.SIGTERM) == (heard, interrupt(), interrupt.heard)


def test_signals_take_their_course_where_nobody_asks() -> None:
    """Ctrl-C interrupts what does not ask whether to stop, and all is as before afterwards."""
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt), interrupts():
        signal.raise_signal(signal.SIGINT)
    assert before == (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM))


def test_a_signal_is_told_to_who_asks() -> None:
    """While somebody asks, a signal interrupts nothing: it is what they are answered."""
    with interrupts() as interrupt:
        before = interrupt()
        signal.raise_signal(signal.SIGTERM)
        assert (False, True) == (before, interrupt())
