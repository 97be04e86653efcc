"""digest.coverage: the state of a source after a pull, and the evidence for it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from builders import NOW

from digest import coverage
from digest.coverage import Observation, judge

BEFORE, DUE = NOW - timedelta(days=2), NOW - timedelta(hours=7)
LATE = "though it was due 2026-03-02 05:00 UTC (a holiday?)"


def seen(entries: int, new: int, **fields: Any) -> Observation:  # noqa: ANN401 the other fields
    """Make an observation."""
    return Observation(entries=entries, new=new, **fields)


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (seen(9, 2), ("new", "")),
        (seen(9, 2, due=DUE), ("new", "")),
        (seen(9, 2, due=DUE, last_new=BEFORE, ever_gave=True), ("new", "")),
        (seen(9, 2, faults=("cs.LG: 503",)), ("partial", "cs.LG: 503")),
        (seen(0, 0, faults=("a", "b"), due=DUE), ("partial", "a; b")),
        (seen(0, 0, unchanged=True, faults=("a",)), ("partial", "a")),
    ],
)
def test_what_came(observed: Observation, expected: tuple[str, str]) -> None:
    """A fault makes a pull partial, whatever came; else something new makes it new."""
    assert expected == judge(observed)


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (seen(0, 0), ("empty as expected", "")),
        (
            seen(0, 0, ever_gave=True),
            ("empty unexpectedly", "no entries, though it had some before"),
        ),
        (
            seen(0, 0, due=DUE),
            ("empty unexpectedly", "no entries, though new ones were due 2026-03-02 05:00 UTC"),
        ),
        (
            seen(0, 0, due=DUE, last_new=BEFORE, ever_gave=True),
            ("empty unexpectedly", "no entries, though new ones were due 2026-03-02 05:00 UTC"),
        ),
        (seen(0, 0, due=DUE, last_new=DUE), ("empty as expected", "")),
        (seen(0, 0, due=DUE, last_new=NOW, ever_gave=True), ("empty as expected", "")),
    ],
)
def test_nothing_at_all(observed: Observation, expected: tuple[str, str]) -> None:
    """No entries are expected where none are due, or where there never were any."""
    assert expected == judge(observed)


@pytest.mark.parametrize(
    ("observed", "expected"),
    [
        (seen(9, 0), ("unchanged", "")),
        (seen(9, 0, ever_gave=True, last_new=BEFORE), ("unchanged", "")),
        (seen(0, 0, unchanged=True), ("unchanged", "")),
        (seen(0, 0, unchanged=True, ever_gave=True), ("unchanged", "")),
        (seen(9, 0, due=DUE, last_new=DUE), ("unchanged", "")),
        (seen(9, 0, due=DUE, last_new=NOW, highest="2603.00009"), ("unchanged", "")),
        (seen(9, 0, due=DUE), ("stale", f"nothing new, {LATE}")),
        (seen(0, 0, unchanged=True, due=DUE), ("stale", f"nothing new, {LATE}")),
        (
            seen(9, 0, due=DUE, last_new=BEFORE),
            ("stale", f"nothing new since 2026-02-28 12:00 UTC, {LATE}"),
        ),
        (
            seen(9, 0, due=DUE, last_new=BEFORE, highest="2602.09999"),
            (
                "stale",
                (
                    f"nothing new since 2026-02-28 12:00 UTC, {LATE}; "
                    "the highest id is still 2602.09999"
                ),
            ),
        ),
        (
            seen(0, 0, unchanged=True, due=DUE, highest="2602.09999"),
            ("stale", f"nothing new, {LATE}; the highest id is still 2602.09999"),
        ),
    ],
)
def test_nothing_new(observed: Observation, expected: tuple[str, str]) -> None:
    """The same as before is stale where something new was due since, else unchanged."""
    assert expected == judge(observed)


@pytest.mark.parametrize(
    ("last_new", "expected"),
    [
        (DUE - timedelta(seconds=1), "stale"),
        (DUE, "unchanged"),
        (DUE + timedelta(seconds=1), "unchanged"),
    ],
)
def test_due_to_the_second(last_new: datetime, expected: str) -> None:
    """What came at the very instant it was due is not late."""
    assert expected == judge(seen(9, 0, due=DUE, last_new=last_new))[0]


def test_doubtful_states() -> None:
    """A reader is told of all but what is new, unchanged, or empty as expected."""
    assert coverage.DOUBTFUL == {
        "empty unexpectedly",
        "malformed",
        "never fetched",
        "partial",
        "refused",
        "stale",
        "unreachable",
    }


def test_broken_states() -> None:
    """In four of the doubtful states nothing of a source can be relied on."""
    assert coverage.BROKEN == {"malformed", "never fetched", "refused", "unreachable"}
