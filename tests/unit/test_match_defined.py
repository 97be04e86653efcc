"""digest.match against its definition: one interest and one entry at a time, in plain Python."""

from __future__ import annotations

from math import prod, sqrt

import numpy as np
import pytest
from builders import entry, interest, meant
from hypothesis import given
from hypothesis import strategies as st

from digest.lexicon import bag
from digest.match import authors, best, categories, curve, keywords, lexical, rank, semantic
from digest.model import Entry, Example, Interest, Profile
from digest.pool import Pool

WORDS = "graph loom whale pasta violin glacier prune".split()
PEOPLE = ["Ada Lovelace", "Alan Turing", "Emmy Noether"]
KINDS = ["cs.LG", "cs.AI", "math.CO"]
SOURCES = ["one", "two"]
TOLERANCE = 2e-5  # single precision against double, and curves as steep as 1 / 0.04

phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
summaries = st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join)


def some(of: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    """Draw some of a list, each once."""
    return st.lists(st.sampled_from(of), max_size=2, unique=True).map(tuple)


entries = st.builds(
    entry,
    phrases,
    summary=summaries,
    authors=some(PEOPLE),
    categories=some(KINDS),
    source=st.sampled_from(SOURCES),
)
examples = st.builds(Example, title=phrases, summary=phrases)
interests = st.builds(
    interest,
    text=summaries,
    keywords=some(WORDS),
    authors=some(PEOPLE),
    categories=some(KINDS),
    examples=st.lists(examples, max_size=8, unique=True).map(tuple),
    exclude=st.just(()) | some(WORDS),
    sources=st.just(()) | some(SOURCES),
    weight=st.sampled_from([0.5, 1.0, 2.0]),
    threshold=st.sampled_from([0.0, 0.3, 0.5]),
)
profiles = st.lists(interests, max_size=3).map(lambda drawn: Profile(interests=tuple(drawn)))


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Profile], Pool]:
    """Draw profiles and a pool, with or without a model."""
    found = draw(st.lists(profiles, min_size=1, max_size=3))
    pool = Pool(draw(st.lists(entries, min_size=1, max_size=6)))
    if draw(st.booleans()):
        pool = meant(pool, *(one for profile in found for one in profile.interests))
    return found, pool


def words(wanted: Interest, pool: Pool, number: int) -> float:
    """The cosine with the mean of the texts' unit vectors, less a part of the mean entry's."""
    of = pool.taste(wanted)
    total: dict[int, float] = {}
    for text, weight in zip(of.texts, of.weights, strict=True):
        one = bag(text.title, text.summary)
        scaled = (one.weights * pool.lexicon.idf(one.ids)).tolist()
        length = sqrt(sum(value * value for value in scaled))
        for term, value in zip(one.ids.tolist(), scaled, strict=True):
            total[term] = total.get(term, 0.0) + float(weight) * value / length
    if not total:
        return 0.0
    length = sqrt(sum(value * value for value in total.values()))
    held = zip(*(column.tolist() for column in pool.lexicon.row(number)), strict=True)
    cosine = sum(total.get(term, 0.0) * weight for term, weight in held) / length
    known = len(of.texts)
    part = lexical.COMMON * known / (known + lexical.COMMON_HALF)
    return float(cosine) - part * float(pool.lexicon.common[number])


def meaning(wanted: Interest, pool: Pool, number: int) -> float:
    """Half the three nearest texts; the rest shared by centroid and nearest prototype."""
    of = pool.taste(wanted)
    if pool.space is None or of.vectors is None or of.prototypes is None or of.centroid is None:
        return 0.0
    here = pool.space.entries[number]
    texts = sorted(float(vector @ here) for vector in of.vectors)[-semantic.NEAREST_TEXTS :]
    centre = semantic.CENTRE * float(of.centroid @ here)
    group = (1 - semantic.CENTRE) * max(float(one @ here) for one in of.prototypes)
    nearest = semantic.NEAREST * sum(texts) / len(texts)
    return pool.space.tuning.weight * (nearest + (1 - semantic.NEAREST) * (centre + group))


def rules(wanted: Interest, one: Entry) -> list[float]:
    """The shares of keywords, authors and categories."""
    title, summary = one.title.split(), one.summary.split()
    found = [keywords.IN_TITLE for word in wanted.keywords if word in title]
    found += [
        keywords.IN_SUMMARY for word in wanted.keywords if word in summary and word not in title
    ]
    if {author.name for author in one.authors} & set(wanted.authors):
        found.append(authors.FOLLOWED)
    if set(one.categories) & set(wanted.categories):
        more = wanted.text or wanted.keywords or wanted.authors or wanted.examples
        found.append(categories.BESIDE if more else categories.ALONE)
    return found


def score(wanted: Interest, pool: Pool, number: int) -> float:
    """1 - (1 - s1)(1 - s2)..., bent by the weight."""
    shares = rules(wanted, pool.entries[number])
    if wanted.text or wanted.examples:
        shape = curve(pool)
        alike = words(wanted, pool, number) + meaning(wanted, pool, number)
        u = (alike - shape.middle(len(wanted.examples))) / shape.width
        shares.append(0.5 + 0.5 * u / sqrt(1 + u * u))
    return float(1 - prod(1 - share for share in shares) ** wanted.weight)


def barred(wanted: Interest, one: Entry) -> bool:
    """Whether the entry holds a word that the interest excludes."""
    return bool(set(wanted.exclude) & set(f"{one.title} {one.summary}".split()))


def elsewhere(wanted: Interest, one: Entry) -> bool:
    """Whether the interest does not take the entry's source."""
    return bool(wanted.sources) and not set(wanted.sources) & set(one.seen_in)


@given(days())
def test_ranking_all_at_once_is_ranking_one_by_one(day: tuple[list[Profile], Pool]) -> None:
    """Each score of the matrices is what the definition gives for that interest and entry."""
    wanted, pool = day
    places = range(len(pool.entries))
    for profile, found in zip(wanted, rank(wanted, pool), strict=True):
        for row, one in enumerate(profile.interests):
            expected = [score(one, pool, number) for number in places]
            assert pytest.approx(expected, abs=TOLERANCE) == found.scores[row].tolist()
            assert [
                (barred(one, pool.entries[n]), elsewhere(one, pool.entries[n])) for n in places
            ] == list(zip(found.barred[row].tolist(), found.elsewhere[row].tolist(), strict=True))


@given(days())
def test_an_entry_goes_to_its_best_interest(day: tuple[list[Profile], Pool]) -> None:
    """It goes to an interest it is past, the one it scores most in; none if all are closed."""
    wanted, pool = day
    for profile, found in zip(wanted, rank(wanted, pool), strict=True):
        for number, one in enumerate(pool.entries):
            open_to = {
                row: float(found.scores[row, number])
                for row, i in enumerate(profile.interests)
                if not barred(i, one) and not elsewhere(i, one) and found.scores[row, number] > 0
            }
            at = int(found.standing.rows[number])
            past = {
                row: value
                for row, value in open_to.items()
                if value >= profile.interests[row].threshold - TOLERANCE
                and found.standing.past[number]
            }
            most = max((past or open_to).values(), default=0.0)
            assert pytest.approx(most, abs=TOLERANCE) == open_to.get(at, 0.0)


@given(days(), st.integers(1, 7))
def test_best_is_a_full_sort(day: tuple[list[Profile], Pool], most: int) -> None:
    """The best are the first of all that are past, sorted by score, then by the pool's order."""
    rankings = rank(*day)
    expected = [
        sorted(
            np.flatnonzero(one.standing.past).tolist(),
            key=lambda number: (-float(one.standing.scores[number]), number),
        )[:most]
        for one in rankings
    ]
    assert expected == [found.tolist() for found in best(rankings, most)]
