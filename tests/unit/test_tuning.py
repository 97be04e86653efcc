"""digest.tuning: entries a day at each threshold, and the threshold that suits the limit."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from builders import entry, interest
from hypothesis import given
from hypothesis import strategies as st

from digest import worth
from digest.match import rank
from digest.match.keywords import IN_SUMMARY, IN_TITLE
from digest.model import WEEKDAYS, Interest, Profile
from digest.past import Period, period
from digest.pool import Pool
from digest.tuning import LEAST, Tuned, tune

MONDAY = date(2026, 3, 2)
# On the first day three titles and three abstracts hold "graph", on the second none.
ENTRIES = (
    *(entry(f"Graph {n}", guid=f"t{n}") for n in range(3)),
    *(entry(f"Number {n}", summary="Of a graph.", guid=f"s{n}") for n in range(3)),
    *(entry(f"Cooking {n}", guid=f"c{n}") for n in range(4)),
)
POOL = Pool(ENTRIES)
PERIOD = period([MONDAY] * 6 + [MONDAY + timedelta(days=1)] * 4, WEEKDAYS)


def tuned(*interests: Interest, limit: int = 15, of: Period = PERIOD) -> tuple[Tuned, ...]:
    """Tune a profile, its keywords kept as they are."""
    profile = Profile(interests=interests, limit=limit)
    (ranking,) = rank([profile], POOL)
    return tune(ranking, ranking, profile, of)


@pytest.mark.parametrize(
    ("threshold", "a_day", "without"), [(0.1, 3.0, 1), (0.4, 3.0, 1), (0.5, 1.5, 1), (0.6, 0, 2)]
)
def test_a_step_counts_what_is_past_it(threshold: float, a_day: float, without: int) -> None:
    """A threshold lets through what reaches it: the mean a day, and the days without any."""
    (found,) = tuned(interest(keywords=("graph",)))
    steps = {step.threshold: (step.a_day, step.without) for step in found.steps}
    assert (a_day, without) == steps[threshold]


def test_the_present_threshold_is_counted_day_by_day() -> None:
    """The counts of each day and of each tenth of the scale are those of its entries."""
    (found,) = tuned(interest(keywords=("graph",), threshold=0.5))
    of_scores = np.histogram([IN_TITLE] * 3 + [np.float32(IN_SUMMARY)] * 3, 10, (0, 1))[0].tolist()
    assert ((3, 0), of_scores) == (found.days, list(found.scores))


def test_a_followed_author_is_past_any_threshold() -> None:
    """An entry by a followed author counts whatever the threshold."""
    pool = Pool([entry("Trees", authors=["Ada Lovelace"])])
    profile = Profile(interests=(interest(authors=("Ada Lovelace",), threshold=1.0),))
    (ranking,) = rank([profile], pool)
    (found,) = tune(ranking, ranking, profile, period([MONDAY], WEEKDAYS))
    assert [1.0] * 10 == [step.a_day for step in (*found.steps, found.now)]


def test_new_versions_count_only_if_wanted() -> None:
    """A new version of an older paper counts where the profile shows them."""
    pool = Pool([entry("Graphs", announce="replace")])
    counts = []
    for replacements in ("ignore", "show"):
        profile = Profile(interests=(interest(keywords=("graph",)),), replacements=replacements)
        (ranking,) = rank([profile], pool)
        counts.append(tune(ranking, ranking, profile, period([MONDAY], WEEKDAYS))[0].now.a_day)
    assert [0.0, 1.0] == counts


def test_what_nothing_speaks_for_is_past_no_threshold() -> None:
    """A weight lifts the share of no likeness at all, but brings no entry in."""
    (found,) = tuned(interest(text="zebra", weight=10.0))
    assert [0.0] * 9 == [step.a_day for step in found.steps]


WORDS = st.sampled_from(["graph", "number", "ti:cooking", "abs:graph", "1", "missing"])
INTERESTS = st.builds(
    interest,
    keywords=st.lists(WORDS, min_size=1, max_size=3).map(tuple),
    exclude=st.lists(WORDS, max_size=1).map(tuple),
    threshold=st.sampled_from([0.0, 0.3, 0.4, 0.55, 0.7]),
)


@given(st.lists(INTERESTS, min_size=1, max_size=3))
def test_what_counts_now_is_what_the_ranking_passes(interests: list[Interest]) -> None:
    """At its own threshold an interest counts just the entries that the ranking gives it."""
    profile = Profile(interests=tuple(interests))
    standing = rank([profile], POOL)[0].standing
    for row, one in enumerate(tuned(*interests)):
        own = PERIOD.places[standing.past & (standing.rows == row)]
        assert np.bincount(own, minlength=2).tolist() == list(one.days)


@given(st.lists(INTERESTS, min_size=1, max_size=3), st.sampled_from([0.1, 0.4, 0.6]))
def test_a_step_is_what_the_threshold_would_give(
    interests: list[Interest], threshold: float
) -> None:
    """Each step counts what the ranking passes if that threshold is set, the others as they are."""
    step = next(s for s in tuned(*interests)[0].steps if s.threshold == threshold)
    changed = tuned(replace(interests[0], threshold=threshold), *interests[1:])
    assert step == changed[0].now


@pytest.mark.parametrize(
    ("threshold", "limit", "expected"),
    [
        (0.3, 3, None),
        (0.3, 2, 0.41),
        (0.6, 3, 0.40),
        (0.6, 2, 0.55),
        (0.6, 100, None),
        (0.3, 100, None),
    ],
)
def test_a_threshold_is_suggested_that_fills_the_share(
    threshold: float, limit: int, expected: float | None
) -> None:
    """The nearest threshold that brings about the share is suggested; a limit is no goal."""
    (found,) = tuned(interest(keywords=("graph",), threshold=threshold), limit=limit)
    better = found.suggestion.better
    assert expected == (better.threshold if better else None)


def test_the_limit_is_shared_evenly() -> None:
    """Each interest has an even share of the limit."""
    found = tuned(interest(keywords=("graph",)), interest(keywords=("x",)), limit=5)
    assert [2.5, 2.5] == [one.suggestion.share for one in found]


def test_what_finds_nothing_has_no_threshold() -> None:
    """An interest for which nothing speaks gets no suggestion."""
    (found,) = tuned(interest(keywords=("missing",)))
    assert (None, 0.0) == (found.suggestion.nearest, found.now.a_day)


@given(INTERESTS, st.integers(1, 10))
def test_a_suggestion_gives_what_it_says(asked: Interest, limit: int) -> None:
    """A profile with the suggested keywords and threshold gives the entries a day promised."""
    profile = Profile(interests=(asked,), limit=limit)
    ranking, mended = rank([profile, worth.mended(profile, POOL)], POOL)
    advice = tune(ranking, mended, profile, PERIOD)[0].suggestion
    if advice.better is None:
        return
    changed = replace(asked, keywords=advice.keywords, threshold=advice.better.threshold)
    assert LEAST <= changed.threshold
    assert advice.better == tuned(changed)[0].now
