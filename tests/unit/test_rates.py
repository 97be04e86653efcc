"""digest.rates: two senders together keep to a rate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.rates import Rates, Turns

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=60))
def test_two_senders_keep_a_rate(looks: list[tuple[bool, int]]) -> None:
    """Whoever looks when, and hears of what the other took, mails go a second apart at least."""
    senders, now, went = [Turns(Rates(overall=1)), Turns(Rates(overall=1))], NOON, [NOON - SECOND]
    for which, tenths in looks:
        now += timedelta(milliseconds=100 * tenths)
        one, other = senders[which], senders[not which]
        if not one.connection(1, now):
            one.take(1, "a@example.org", now)
            other.hear(one.changed(), now)
            went.append(now)
    assert [] == [gap for a, b in pairwise(went) if (gap := b - a) < SECOND]


@pytest.mark.parametrize(
    ("name", "ahead", "expected"),
    [
        ("all", 0.5, [0.5, 0.0]),
        ("all", 0.6, [0.0, 0.0]),
        ("connection 1", 4.0, [4.0, 0.0]),
        ("connection 2", 4.0, [0.0, 0.0]),
        ("domain all", 10.0, [0.0, 10.0]),
        ("domain all", 11.0, [0.0, 0.0]),
        ("domain b.org", 1.0, [0.0, 0.0]),
    ],
)
def test_a_turn_that_is_heard_of(name: str, ahead: float, expected: list[float]) -> None:
    """A turn is waited for by whom it concerns, but not one further ahead than a rate allows."""
    turns = Turns(Rates(overall=2, connection=0.25, domain=0.1))
    turns.hear({name: NOON + ahead * SECOND}, NOON)
    assert expected == [turns.connection(1, NOON), turns.domain("all", NOON)]


def test_an_earlier_turn_takes_nothing_back() -> None:
    """What was waited for before is waited for still; a rate that is not set concerns nobody."""
    turns = Turns(Rates(overall=1), {"all": NOON + SECOND})
    turns.hear({"all": NOON + SECOND / 2, "domain b.org": NOON + SECOND}, NOON)
    assert [1.0, 0.0] == [turns.connection(1, NOON), turns.domain("b.org", NOON)]
    assert {} == turns.changed()
