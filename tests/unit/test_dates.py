"""Dates of a listing: which are believed, and what is said of the others."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from builders import NOW, entry

from digest.model import Listing
from digest.sources._dates import AHEAD, believed

PAST, SOON, FAR = NOW - timedelta(days=3), NOW + AHEAD, NOW + timedelta(days=400)


def listing(*published: datetime | None) -> Listing:
    """Make a listing with an entry for each date."""
    entries = [entry(f"Paper {n} of all", published=at) for n, at in enumerate(published)]
    return Listing(source="a", entries=tuple(entries), remarks=("odd",))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ([PAST, SOON], [PAST, SOON]),
        ([FAR, PAST], [None, PAST]),
        ([None, FAR], [None, None]),
    ],
)
def test_dates_ahead_are_not_believed(
    given: list[datetime | None], expected: list[datetime | None]
) -> None:
    """A date more than a day ahead is taken off; any other stays as it is."""
    assert expected == [e.published for e in believed(listing(*given), NOW).entries]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([PAST], ()),
        ([PAST, FAR], ("1 of 2 dated in the future (up to 2027-04-06)",)),
        ([None, None], ("all 2 without a date",)),
        (
            [None, FAR, PAST],
            ("1 of 3 dated in the future (up to 2027-04-06)", "1 of 3 without a date"),
        ),
    ],
)
def test_what_is_odd_of_dates_is_said(given: list[datetime | None], said: tuple[str, ...]) -> None:
    """How many entries have no date, or one that cannot be, is remarked beside what was."""
    assert ("odd", *said) == believed(listing(*given), NOW).remarks
