"""digest.past: which mail an entry was for, and how two profiles' digests differ."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from builders import entry, interest

from digest.match import rank
from digest.model import WEEKDAYS, Profile
from digest.past import changes, digests, period
from digest.pool import Pool

FRIDAY = date(2026, 3, 6)
DAYS = [FRIDAY + timedelta(days=ahead) for ahead in range(4)]


@pytest.mark.parametrize(
    ("weekdays", "days", "places"),
    [
        (WEEKDAYS, DAYS, [0, 1, 2, 3]),
        (WEEKDAYS[:5], [DAYS[0], DAYS[3]], [0, 1, 1, 1]),
        (("sun",), [DAYS[2], DAYS[2] + timedelta(days=7)], [0, 0, 0, 1]),
        ((), DAYS, [0, 1, 2, 3]),
    ],
    ids=str,
)
def test_an_entry_is_for_the_next_mail(
    weekdays: tuple[str, ...], days: list[date], places: list[int]
) -> None:
    """What is stored on a day without a mail is for the next day that has one."""
    found = period(DAYS, weekdays)
    assert (days, places) == (list(found.days), found.places.tolist())


POOL = Pool(
    [
        entry("Graphs alone", guid="1"),
        entry("Graphs and trees", guid="2"),
        entry("Trees alone", guid="3"),
        entry("Cooking pasta", guid="4", upvotes=5),
    ]
)
GRAPHS, TREES = interest(name="Graphs", keywords=("graph",)), interest(keywords=("tree",))
BOTH = interest(name="Trees", keywords=("tree", "ti:and"))
PERIOD = period([FRIDAY] * 4, WEEKDAYS)


def shown(profile: Profile) -> dict[int, str]:
    """Give what a profile shows on Friday: the interest of each entry."""
    (found,) = digests(rank([profile], POOL)[0], profile, PERIOD)
    assert found.candidates == len(found.shown) + sum(found.omitted.values())
    return {number: one.interest for number, one in found.shown.items()}


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        (Profile(interests=(GRAPHS,)), {0: "Graphs", 1: "Graphs"}),
        (Profile(interests=(GRAPHS,), limit=1), {0: "Graphs"}),
        (Profile(interests=(GRAPHS,), trending=1), {0: "Graphs", 1: "Graphs", 3: "Trending"}),
        (Profile(interests=(GRAPHS,), explore=1), {0: "Graphs", 1: "Graphs"}),
        (Profile(interests=(GRAPHS, BOTH)), {0: "Graphs", 1: "Trees", 2: "Trees"}),
        (Profile(), {}),
    ],
    ids=str,
)
def test_a_past_digest_shows_what_the_mail_would(
    profile: Profile, expected: dict[int, str]
) -> None:
    """Interests, limit and trending entries are as in a mail; nothing is drawn by lot."""
    assert expected == shown(profile)


def compared(before: Profile, after: Profile) -> list[tuple[str, str]]:
    """Say how the digests of two profiles differ: signs and titles."""
    one, other = rank([before, after], POOL)
    found = changes(POOL.entries, digests(one, before, PERIOD), digests(other, after, PERIOD))
    return [(change.sign, change.entry.title) for change in found]


def test_a_change_of_profile_is_a_difference_of_digests() -> None:
    """What comes in is told first, then what falls out, then what changes its interest."""
    before = Profile(interests=(interest(name="Graphs", keywords=("graph",)),))
    after = Profile(interests=(interest(name="Graphs", keywords=("ti:alone",)), BOTH))
    assert [("+", "Trees alone"), ("~", "Graphs and trees")] == compared(before, after)
    assert [("-", "Trees alone"), ("~", "Graphs and trees")] == compared(after, before)


def test_the_same_profile_changes_nothing() -> None:
    """A profile differs in nothing from itself."""
    profile = Profile(interests=(GRAPHS, TREES), trending=1)
    assert [] == compared(profile, profile)
