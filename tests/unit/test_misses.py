"""Choosing anew at other thresholds, and what was nearly shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from builders import entry, interest
from hypothesis import given
from hypothesis import strategies as st

from digest import compose, match, misses
from digest.match import Ranking
from digest.misses import Miss
from digest.model import Profile
from digest.pool import Pool

PROFILE = Profile(
    interests=(
        interest(name="Graphs", keywords=("graph", "tree"), threshold=0.5, exclude=("survey",)),
        interest(name="Stars", keywords=("star",), threshold=0.6, sources=("sky",)),
        interest(name="People", authors=("Ada Lovelace",), threshold=0.95),
    )
)
POOL = Pool(
    (
        entry("A graph of a tree"),  # 0.80 in Graphs
        entry("On a graph"),  # 0.55
        entry("A star", summary="In a graph.", source="sky"),  # 0.40 and 0.55
        entry("A star, again"),  # none: not from the sky
        entry("A survey of a graph"),  # ruled out
        entry("Notes", summary="A tree.", authors=["Ada Lovelace"]),  # 0.40 and 0.90, followed
        entry("Cooking"),
    )
)


def ranked(*thresholds: float) -> Ranking:
    """Rank the pool at thresholds."""
    pairs = zip(PROFILE.interests, thresholds, strict=True)
    profile = Profile(interests=tuple(replace(one, threshold=t) for one, t in pairs))
    return match.rank([profile], POOL)[0]


@given(st.lists(st.sampled_from([0, 0.3, 0.4, 0.5, 0.55, 0.6, 1]), min_size=3, max_size=3))
def test_a_ranking_at_other_thresholds_is_that_of_the_profile_with_them(some: list[float]) -> None:
    """Where each entry goes is the same as if all were matched again."""
    again, anew = match.at(ranked(0.5, 0.6, 0.95), some).standing, ranked(*some).standing
    names = ("rows", "scores", "past", "followed")
    assert [] == [n for n in names if not np.array_equal(getattr(again, n), getattr(anew, n))]


def missed(thresholds: tuple[float, ...], limit: int) -> tuple[list[Miss], list[Miss]]:
    """Give what is missed below the thresholds and past them."""
    ranking = ranked(*thresholds)
    numbers = range(len(POOL.entries))
    selection = compose.select(ranking, numbers, replace(PROFILE, limit=limit))
    below = misses.below(ranking, thresholds, selection.omitted, 9)
    beyond = misses.beyond(ranking, thresholds, selection.omitted, 9)
    return list(below), list(beyond)


def test_the_nearest_are_named_with_the_interest_where_they_lack_least() -> None:
    """Of two interests the one that lacks less is named, not the one with the higher score."""
    below, _ = missed((0.42, 0.9, 0.95), 9)
    assert [(2, 0, 0.4)] == [(miss.number, miss.row, round(miss.score, 6)) for miss in below]


def test_what_an_interest_does_not_take_lacks_nothing_there() -> None:
    """An exclusion, another source, or nothing that speaks for it: no near miss of a threshold."""
    below, _ = missed((0.9, 0.9, 0.95), 9)
    assert [0, 1, 2] == sorted(miss.number for miss in below)


def test_what_scores_enough_is_named_with_its_reason() -> None:
    """Past a threshold and left out: over the limit the best first, and what a rule keeps out."""
    _, beyond = missed((0.5, 0.5, 0.95), 2)
    assert [(1, compose.OVER_LIMIT), (2, compose.OVER_LIMIT), (4, compose.EXCLUDED)] == sorted(
        (miss.number, miss.reason) for miss in beyond
    )
