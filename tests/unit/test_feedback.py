"""Feedback and popularity: what a counterexample takes, and what upvotes decide."""

from __future__ import annotations

import pytest
from builders import entry, interest, ranking

from digest import match
from digest.match import feedback, popularity
from digest.model import Example, Interest, Profile
from digest.pool import Pool

LOOMS = entry("Looms that weave cloth by cards", summary="Punched cards steer a loom.", upvotes=3)
PASTA = entry("Cooking pasta in salted water", summary="Boil it.", upvotes=7)
ENGINE = entry("An engine for numbers", summary="Cards steer a mill of numbers.", upvotes=1)
POOL = Pool((LOOMS, PASTA, ENGINE))
NOT_LOOMS = (Example(title=LOOMS.title, summary=LOOMS.summary),)


def wanting(**fields: object) -> Interest:
    """Make an interest in cards that does not want looms."""
    return interest(keywords=("cards", "pasta"), counterexamples=NOT_LOOMS, **fields)


def test_a_counterexample_takes_most_of_its_own_score() -> None:
    """What equals a counterexample loses the most; what has nothing in common loses nothing."""
    plain, doubted = (
        ranking(one, *POOL.entries).scores[0]
        for one in (interest(keywords=("cards", "pasta")), wanting())
    )
    expected = [(1 - feedback.MOST) * plain[0], plain[1]]
    assert expected == pytest.approx(list(doubted[:2]), abs=1e-6)


def test_doubt_names_the_counterexample() -> None:
    """The evidence against an entry names what it is like, and its part of the score."""
    (found,) = match.doubts(wanting(), POOL, 0)
    said = "like “Looms that weave cloth by cards”, which you did not want"
    assert ("feedback", said) == (found.matcher, found.reason)
    assert feedback.MOST == pytest.approx(found.score)


def test_a_counterexample_is_found_in_the_library() -> None:
    """A counterexample known by its title alone counts by the abstract that the pool holds."""
    by_title = interest(keywords=("cards",), counterexamples=(Example(title=LOOMS.title.upper()),))
    assert feedback.MOST == pytest.approx(match.doubts(by_title, POOL, 0)[0].score)


def test_other_profiles_are_not_doubted() -> None:
    """One reader's counterexample leaves another's scores as they are."""
    calm = interest(keywords=("cards",))
    alone = ranking(calm, *POOL.entries).scores
    profiles = [Profile(interests=(wanting(),)), Profile(interests=(calm,))]
    assert alone.tolist() == match.rank(profiles, POOL)[1].scores.tolist()


def test_popularity_adds_nothing() -> None:
    """Upvotes leave every score as it is without them."""
    calm = interest(keywords=("cards",))
    unvoted = [entry(e.title, summary=e.summary) for e in POOL.entries]
    expected = ranking(calm, *unvoted).scores.tolist()
    assert expected == ranking(calm, *POOL.entries).scores.tolist()


def test_popularity_counts() -> None:
    """The evidence counts upvotes; the score is the part of the most."""
    told = [popularity.explain(None, POOL)(n)[0].reason for n in range(3)]
    assert ["3 upvotes", "7 upvotes", "1 upvote"] == told
    (parts,) = popularity.score([interest()], POOL)
    assert [3 / 7, 1, 1 / 7] == pytest.approx(list(parts))


def test_trending_takes_the_most_upvoted() -> None:
    """The most upvoted come first; what has no upvotes never trends."""
    pool = Pool([*POOL.entries, entry("Unheard of by anybody")])
    assert [1, 0] == popularity.trending(pool, range(4), 2)
    assert [] == popularity.trending(pool, [3], 2)
