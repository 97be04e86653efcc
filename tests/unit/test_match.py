"""digest.match: how a ranking joins what the matchers find, and where it puts each entry."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from builders import entry, interest, ranking

from digest.match import explain, keywords, matchers, rank
from digest.model import Example, Interest, Match, Profile
from digest.pool import Pool

POOL = Pool(
    (
        entry(
            "Pruning of networks",
            summary="We prune transformers.",
            authors=["A. Graves"],
            categories=("cs.LG",),
            source="one",
        ),
        entry(
            "Tree search",
            summary="Pruning helps to plan.",
            authors=["Ada Lovelace"],
            categories=("cs.AI", "stat.ML"),
            source="two",
        ),
        entry("Cooking pasta", summary="Boil water.", source="two"),
    )
)


def test_every_matcher_takes_part() -> None:
    """Each module of the package is a matcher of that name."""
    files = sorted(path.stem for path in Path(keywords.__file__).parent.glob("[!_]*.py"))
    assert files == [matcher.name for matcher in matchers()]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (interest(keywords=("pruning",)), {0: 0.55, 1: 0.4}),
        (interest(keywords=("pruning",), authors=("Graves",)), {0: 1 - 0.45 * 0.1, 1: 0.4}),
        (interest(keywords=("pruning",), weight=2.0), {0: 1 - 0.45**2, 1: 1 - 0.6**2}),
        (interest(keywords=("pruning",), weight=0.5), {0: 1 - 0.45**0.5, 1: 1 - 0.6**0.5}),
        (interest(keywords=("pruning",), sources=("two",)), {1: 0.4}),
        (interest(keywords=("pruning",), sources=("nowhere",)), {}),
    ],
)
def test_rank_joins_shares(wanted: Interest, expected: dict[int, float]) -> None:
    """Shares add up without passing one, bent by the weight, within the asked sources."""
    (found,) = rank([Profile(interests=(wanted,))], POOL)
    scores = {number: score for number, score in enumerate(found.standing.scores) if score}
    assert pytest.approx(expected) == scores


def test_excluded_entry_names_its_rule() -> None:
    """An entry that an exclusion holds for goes to no interest, and the rule is known."""
    found = ranking(
        interest(keywords=("pruning",), exclude=("pasta", "ti:networks")), *POOL.entries
    )
    assert (True, None, "ti:networks") == (
        found.excluded[0],
        found.match(0).interest,
        found.findings(0)[0].excluded,
    )


def test_exclusion_alone_rules_out() -> None:
    """An exclusion rules an entry out of the mail even if nothing speaks for it."""
    found = ranking(interest(exclude=("pasta",)), *POOL.entries)
    assert [False, False, True] == found.excluded.tolist()


def test_other_interest_may_take_what_one_excludes() -> None:
    """An exclusion belongs to its interest; another one may still take the entry."""
    barring = interest(keywords=("pruning",), exclude=("networks",))
    taking = interest(name="Other", keywords=("pruning",))
    found = ranking(Profile(interests=(barring, taking)), *POOL.entries)
    assert (taking, False) == (found.match(0).interest, found.excluded[0])


def test_exclusion_holds_beside_an_interest_that_takes_nothing() -> None:
    """An interest with a text that an entry is unlike does not lift another's exclusion."""
    barring = interest(keywords=("pruning",), exclude=("networks",))
    unlike = interest(name="Other", text="boil pasta")
    found = ranking(Profile(interests=(barring, unlike)), *POOL.entries)
    assert [True, False, False] == found.excluded.tolist()


def test_interest_without_its_source_saves_nothing() -> None:
    """An interest that does not take an entry's source does not lift another's exclusion."""
    barring = interest(keywords=("pruning",), exclude=("networks",))
    elsewhere = interest(name="Other", keywords=("pruning",), sources=("two",))
    found = ranking(Profile(interests=(barring, elsewhere)), *POOL.entries)
    assert (True, [False, True]) == (
        found.excluded[0],
        [finding.elsewhere for finding in found.findings(0)],
    )


@pytest.mark.parametrize(("threshold", "past"), [(0.4, True), (0.41, False), (0.0, True)])
def test_threshold(threshold: float, past: bool) -> None:
    """A score that reaches the threshold is past it."""
    found = ranking(interest(categories=("cs",), threshold=threshold), *POOL.entries)
    assert [past, past, False] == found.standing.past.tolist()


def test_followed_author_needs_no_threshold() -> None:
    """An entry by a followed author is past any threshold, and known to be for its author."""
    found = ranking(interest(authors=("Alex Graves",), threshold=0.99), *POOL.entries)
    expected = [True, False, False]
    assert (expected, expected) == (
        found.standing.past.tolist(),
        found.standing.followed.tolist(),
    )


def test_nothing_is_not_past_zero() -> None:
    """A threshold of zero takes what something speaks for, not everything."""
    found = ranking(interest(keywords=("pasta",), threshold=0.0), *POOL.entries)
    assert [False, False, True] == found.standing.past.tolist()


@pytest.mark.parametrize(("weight", "threshold"), [(1.0, 0.0), (10.0, 0.3)])
def test_unlike_is_not_past_whatever_the_weight(weight: float, threshold: float) -> None:
    """An entry that is not like an interest's text is never past its threshold."""
    found = ranking(interest(text="boil pasta", weight=weight, threshold=threshold), *POOL.entries)
    assert ([False, False, True], ()) == (found.standing.past.tolist(), found.match(0).evidence)


@pytest.mark.parametrize("weight", [1.0, 10.0])
def test_examples_that_nothing_is_known_of_score_nothing(weight: float) -> None:
    """An example by an id that no entry has asks for nothing; a known one has a share in all."""
    wanted = {"weight": weight, "authors": ("Nobody",)}
    unknown = interest(examples=(Example(key="arxiv:1410.5401"),), **wanted)
    known = interest(examples=(Example(title="Tree search"),), **wanted)
    assert [0, 0, 0] == ranking(unknown, *POOL.entries).scores[0].tolist()
    assert (ranking(known, *POOL.entries).scores[0] > 0).all()


def test_best_prefers_the_interest_it_is_past() -> None:
    """An entry goes to an interest whose threshold it passes before one it scores higher in."""
    strict = interest(name="Strict", keywords=("pruning",), threshold=0.9)
    easy = interest(name="Easy", keywords=("transformers",), threshold=0.3)
    found = ranking(Profile(interests=(strict, easy)), *POOL.entries)
    assert easy == found.match(0).interest


def test_match_of_nothing() -> None:
    """An entry that nothing speaks for has no interest, score or evidence."""
    found = ranking(interest(keywords=("pruning",)), *POOL.entries).match(2)
    assert Match(entry=POOL.entries[2], interest=None, score=0.0) == found


def test_evidence_comes_strongest_first() -> None:
    """The strongest reason is given first."""
    wanted = interest(keywords=("transformers",), authors=("Graves",), categories=("cs.LG",))
    found = [evidence.matcher for evidence in explain(wanted, POOL, 0)]
    assert ["authors", "keywords", "categories"] == found


def test_profiles_are_ranked_side_by_side() -> None:
    """Ranking many profiles at once gives each what ranking it alone gives."""
    profiles = [
        Profile(interests=(interest(keywords=("pruning",)), interest(text="boil water"))),
        Profile(),
        Profile(interests=(interest(authors=("Lovelace",)),)),
    ]
    together = rank(profiles, POOL)
    for profile, found in zip(profiles, together, strict=True):
        (alone,) = rank([profile], POOL)
        assert (alone.interests, alone.standing.rows.tolist()) == (
            found.interests,
            found.standing.rows.tolist(),
        )
        np.testing.assert_array_equal(alone.scores, found.scores)
        np.testing.assert_array_equal(alone.standing.scores, found.standing.scores)


def test_of_equal_interests_the_first_takes_an_entry() -> None:
    """Where two interests stand the same, the first of the profile has the entry, whatever it is.

    The scores are many and odd, since what is added to them before they are compared rounds.
    """
    entries = [entry(f"Graph {'tree ' * n} of kind {n}", guid=f"{n}") for n in range(40)]
    alike = [interest(name=name, text="graph tree", threshold=0.1) for name in ("A", "B")]
    (found,) = rank([Profile(interests=tuple(alike))], Pool(entries))
    assert {0} == set(found.standing.rows[found.standing.past].tolist())
