"""digest.compose.select: twins folded, followed authors in, exclusions out, one drawn by lot."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from builders import entry, interest, meant, ranking, subscriber

from digest.compose import EXCLUDED, EXPLORED, TWIN, compose, select
from digest.match import rank
from digest.model import Edition, Profile
from digest.pool import Pool

PRUNING = interest(name="Pruning", keywords=("pruning",))
SAID = "We prune the weights of deep networks until they forget what they have learned."
TWINS = (
    entry("Pruning deep networks", summary=SAID, url="https://one.example/1"),
    entry("Pruning deep networks, again", summary=SAID, url="https://two.example/1"),
    entry("Pruning of roses", summary="A garden in spring.", url="https://one.example/2"),
)
OUTSIDE = tuple(entry(f"Pasta of region {n}", url=f"https://e.org/{n}") for n in range(9))


@pytest.mark.parametrize("model", [False, True])
def test_twins_are_folded(model: bool) -> None:
    """Of entries that say nearly the same the best is shown, with a model or by their words."""
    pool = meant(Pool([*TWINS, *OUTSIDE])) if model else Pool([*TWINS, *OUTSIDE])
    profile = Profile(interests=(PRUNING,))
    found = select(rank([profile], pool)[0], range(3), profile)
    assert ((0, 2), {1: TWIN}) == (found.chosen, found.omitted)


def test_a_twin_of_nothing_shown_is_shown() -> None:
    """An entry is left out for one that is a candidate too, not for one that is not."""
    profile = Profile(interests=(PRUNING,))
    found = select(ranking(profile, *TWINS), [1, 2], profile)
    assert ((1, 2), {}) == (found.chosen, found.omitted)


def test_a_twin_frees_its_place() -> None:
    """A place that a twin would have taken goes to the next entry."""
    profile = Profile(interests=(PRUNING,), limit=2)
    assert (0, 2) == select(ranking(profile, *TWINS), range(3), profile).chosen


def test_followed_authors_are_always_in() -> None:
    """An entry by a followed author is shown though others score more than the limit holds."""
    wanted = interest(
        keywords=("pruning", "deep", "networks", "weights"), authors=("Noether",), threshold=0.95
    )
    by_her = entry("On rings", authors=["Emmy Noether"])
    profile = Profile(interests=(wanted,), limit=1)
    found = select(ranking(profile, *TWINS, by_her), range(4), profile)
    assert (3,) == found.chosen


def test_a_followed_author_is_no_twin_of_another() -> None:
    """Of twins the one by a followed author is shown, though it comes later."""
    wanted = interest(keywords=("pruning",), authors=("Noether",))
    by_her = entry("Pruning deep networks, again", summary=SAID, authors=["Emmy Noether"])
    profile = Profile(interests=(wanted,))
    found = select(ranking(profile, *TWINS, by_her), range(4), profile)
    assert ((3, 2), {0: TWIN, 1: TWIN}) == (found.chosen, found.omitted)


@pytest.mark.parametrize(
    "more",
    [
        {"authors": ("Noether",)},
        {"text": "pruning of deep networks"},
        {"keywords": ("pruning",), "weight": 10.0, "threshold": 0.0},
    ],
)
def test_exclusions_are_always_out(more: dict[str, object]) -> None:
    """What a rule excludes is neither chosen nor trending nor drawn, whatever speaks for it."""
    wanted = interest(exclude=("forget",), **more)
    other = interest(name="Other", text="boiling pasta")
    barred = entry("Pruning", summary=SAID, authors=["Emmy Noether"], upvotes=99)
    profile = Profile(interests=(wanted, other), trending=3, explore=3)
    found = select(ranking(profile, barred, OUTSIDE[0]), [0], profile)
    assert ((), (), (), {0: EXCLUDED}) == (
        found.chosen,
        found.trending,
        found.explored,
        found.omitted,
    )


@pytest.mark.parametrize(("threshold", "limit"), [(0.3, 1), (0.3, 9), (0.5, 1), (0.99, 1)])
@pytest.mark.parametrize(("trending", "explore"), [(0, 0), (1, 0), (0, 2)])
def test_what_is_left_out_is_counted(
    threshold: float, limit: int, trending: int, explore: int
) -> None:
    """The counts are those of the reasons, in the order in which these come up."""
    fussy = replace(PRUNING, exclude=("region 3",), threshold=threshold)
    profile = Profile(interests=(fussy,), limit=limit, trending=trending, explore=explore)
    more = (entry("Pruning in autumn", url="https://e.org/a", upvotes=7), *OUTSIDE, *TWINS)
    found = select(ranking(profile, *more), range(len(more)), profile, draw="x")
    assert list(Counter(found.omitted.values()).items()) == list(found.counts.items())


def test_exploration_is_marked() -> None:
    """What is drawn from outside stands in a section of its own and says so."""
    profile = Profile(interests=(PRUNING,), explore=1)
    reader = subscriber(profile=profile)
    edition = Edition(subscriber_id="ada", date=date(2026, 3, 2))
    ranked = ranking(profile, *TWINS, *OUTSIDE)
    found = compose(reader, edition, ranked, range(12))
    (drawn,) = found.sections[-1].matches
    (said,) = drawn.evidence
    assert (EXPLORED, True, "explore", "drawn by lot, as your profile allows", None) == (
        found.sections[-1].title,
        drawn.entry in OUTSIDE,
        said.matcher,
        said.reason,
        drawn.interest,
    )
    assert found.candidates == len(found.shown) + sum(found.omitted.values())


def test_the_lot_is_the_editions() -> None:
    """The same edition draws the same entry; over many editions most entries are drawn."""
    profile = Profile(interests=(PRUNING,), explore=1)
    ranked = ranking(profile, *TWINS, *OUTSIDE)
    draws = [select(ranked, range(12), profile, draw=f"ada {day}").explored for day in range(60)]
    again = select(ranked, range(12), profile, draw="ada 0").explored
    assert (draws[0], True) == (again, len(set(draws)) > len(OUTSIDE) // 2)


def test_nothing_is_drawn_unasked() -> None:
    """A profile that does not explore is shown nothing from outside its interests."""
    profile = Profile(interests=(PRUNING,))
    assert () == select(ranking(profile, *TWINS, *OUTSIDE), range(12), profile, draw="x").explored


def test_nothing_is_drawn_that_trends() -> None:
    """An entry is shown once: what trends is not drawn too."""
    profile = Profile(interests=(PRUNING,), trending=1, explore=9)
    found = select(ranking(profile, entry("Pasta", upvotes=3)), [0], profile, draw="x")
    assert ((0,), (), {}) == (found.trending, found.explored, found.omitted)
