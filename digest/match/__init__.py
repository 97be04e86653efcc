"""The seam for matching: one file a matcher, and the ranking that joins what they find.

A module here that defines ``MATCHER`` takes part; nothing else need be edited. All profiles are
scored in one pass over the day's entries, as matrices of shape (interests, entries); evidence is
written only for what is shown.

What matchers find is of four kinds. A *rule* (keywords, authors, categories) gives a share in
0..1. A *likeness* (words, meaning) gives a cosine; the likenesses of an interest are added up and
calibrated to one share (digest/calibration.py). With shares s, an interest's score is
1 - (1 - s1)(1 - s2)..., so that several findings add up without passing 1; its weight w bends it
to 1 - (1 - score)^w. A *doubt* d (feedback) takes its part of that: score (1 - d). A *tie*
(popularity) adds nothing; it orders what scores the same.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache, cached_property
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from digest import query, standing
from digest.calibration import WORDS, Curve
from digest.model import Evidence, Interest, Match, Profile
from digest.pool import Pool
from digest.sparse import marked
from digest.standing import Standing

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]
Tell = Callable[[int], Sequence[Evidence]]
_score = attrgetter("score")


class Kind(Enum):
    """How what a matcher finds joins the score."""

    RULE = "rule"
    LIKENESS = "likeness"
    DOUBT = "doubt"
    TIE = "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One way of finding entries.

    ``score`` gives what it finds, shape (interests, entries). ``explain`` gives what says why for
    one entry (its place in the pool) after another, in words of a person; its evidence carries the
    share, cosine or doubt. ``kind`` says what it finds, and so how it joins the others.
    """

    name: str
    score: Callable[[Sequence[Interest], Pool], Floats]
    explain: Callable[[Interest, Pool], Tell]
    kind: Kind = Kind.RULE


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How an entry stands with one interest; ``excluded`` is the rule that keeps it out."""

    interest: Interest
    score: float
    excluded: str
    elsewhere: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class Ranking:
    """One profile's standing with every entry of the pool.

    ``scores``, ``spoken``, ``barred``, ``followed`` and ``elsewhere`` have the shape (interests,
    entries): the score, whether anything speaks for the entry, whether a rule of the interest
    keeps it out, whether an author of the interest's wrote it, and whether it came from sources
    that the interest does not take.
    """

    pool: Pool
    interests: tuple[Interest, ...]
    scores: Floats
    spoken: Flags
    barred: Flags
    followed: Flags
    elsewhere: Flags
    standing: Standing

    @cached_property
    def _telling(self) -> list[Callable[[int], tuple[Evidence, ...]]]:
        return [telling(interest, self.pool) for interest in self.interests]

    @cached_property
    def excluded(self) -> Flags:
        """Whether a rule keeps an entry out of an interest, and no other interest takes it."""
        return np.asarray(self.barred.any(axis=0) & ~self.standing.past, np.bool_)

    def findings(self, number: int) -> list[Finding]:
        """Say how an entry stands with each interest."""
        return [
            Finding(
                interest=interest,
                score=float(self.scores[row, number]),
                excluded=_rule(interest, self.pool, number) if self.barred[row, number] else "",
                elsewhere=bool(self.elsewhere[row, number]),
            )
            for row, interest in enumerate(self.interests)
        ]

    def match(self, number: int) -> Match:
        """Give an entry's match, with evidence."""
        entry, row = self.pool.entries[number], self.standing.rows[number]
        if row < 0:
            return Match(entry=entry, interest=None, score=0.0)
        interest, score = self.interests[row], float(self.standing.scores[number])
        evidence = self._telling[row](number)
        return Match(
            entry=entry, interest=interest if evidence else None, score=score, evidence=evidence
        )


@cache
def matchers() -> tuple[Matcher, ...]:
    """Load every matcher, in the order of their names."""
    found = [
        importlib.import_module(f"{__name__}.{module.name}").MATCHER
        for module in pkgutil.iter_modules(__path__)
    ]
    return tuple(found)


def rank(profiles: Sequence[Profile], pool: Pool) -> tuple[Ranking, ...]:
    """Score every entry of the pool for every interest of every profile, in one pass."""
    interests = [interest for profile in profiles for interest in profile.interests]
    scores, spoken, followed = _scores(interests, pool)
    barred = _marked([interest.exclude for interest in interests], pool, "exclude", _excluding)
    elsewhere = _elsewhere(interests, pool)
    open_to = ~barred & ~elsewhere & (scores > 0)
    thresholds = [interest.threshold for interest in interests]
    past = standing.past(open_to & spoken, followed, scores, thresholds)
    counts = [len(profile.interests) for profile in profiles]
    placed = standing.standings(open_to, scores, past, followed, counts)
    rankings: list[Ranking] = []
    start = 0
    for profile, ours in zip(profiles, placed, strict=True):
        rows = slice(start, start + len(profile.interests))
        rankings.append(
            Ranking(
                pool=pool,
                interests=profile.interests,
                scores=scores[rows],
                spoken=spoken[rows],
                barred=barred[rows],
                followed=followed[rows],
                elsewhere=elsewhere[rows],
                standing=ours,
            )
        )
        start = rows.stop
    return tuple(rankings)


def at(ranking: Ranking, thresholds: Sequence[float]) -> Ranking:
    """Give a ranking as it is at other thresholds, one an interest; nothing is scored again.

    Its interests stay those that were ranked, so that what was made of them is used again.
    """
    scores, followed = ranking.scores, ranking.followed
    open_to = ~ranking.barred & ~ranking.elsewhere & (scores > 0)
    past = standing.past(open_to & ranking.spoken, followed, scores, thresholds)
    (ours,) = standing.standings(open_to, scores, past, followed, [len(thresholds)])
    return replace(ranking, standing=ours)


def _scores(interests: Sequence[Interest], pool: Pool) -> tuple[Floats, Flags, Flags]:
    """Join what all matchers find: the scores, where any speaks for it, and where an author does.

    A likeness of nothing has a share too, which a weight may lift past a threshold.
    """
    shape = len(interests), len(pool.entries)
    missing = np.ones(shape, np.float32)
    likeness = np.zeros(shape, np.float32)
    followed = np.zeros(shape, np.bool_)
    for matcher in _of(Kind.LIKENESS):
        likeness += matcher.score(interests, pool)
    for matcher in _of(Kind.RULE):
        found = matcher.score(interests, pool)
        missing *= 1 - found
        if matcher.name == "authors":
            followed = found > 0
    spoken = (missing < 1) | (likeness > 0)
    # Examples that nothing is known of ask for nothing.
    asks = np.array([bool(pool.taste(interest).texts) for interest in interests], np.bool_)
    middles = [[middle(interest, pool)] for interest in interests]
    shares = curve(pool).share(likeness, np.array(middles, np.float32).reshape(-1, 1))
    missing[asks] *= 1 - shares[asks]
    weights = np.array([interest.weight for interest in interests], np.float32)
    bent = weights != 1
    missing[bent] **= weights[bent, None]
    scores = 1 - missing
    doubted = [row for row, interest in enumerate(interests) if interest.counterexamples]
    if doubted:
        some = [interests[row] for row in doubted]
        for matcher in _of(Kind.DOUBT):
            scores[doubted] *= 1 - matcher.score(some, pool)
    return scores, spoken, followed


@cache
def _of(kind: Kind) -> tuple[Matcher, ...]:
    return tuple(matcher for matcher in matchers() if matcher.kind is kind)


def best(rankings: Sequence[Ranking], most: int) -> list[NDArray[np.int64]]:
    """Give, for each profile, the places of its best entries that are past their threshold.

    Ties go to the pool's order.
    """
    found: list[NDArray[np.int64]] = []
    for ranking in rankings:
        standing = ranking.standing
        places = np.flatnonzero(standing.past)
        scores = standing.scores[places]
        if len(places) > most:
            least = np.partition(scores, len(places) - most)[len(places) - most]
            places, scores = places[scores >= least], scores[scores >= least]
        found.append(places[np.argsort(-scores, kind="stable")[:most]])
    return found


def _marked(
    wanted: Sequence[Sequence[str]],
    pool: Pool,
    kind: str,
    find: Callable[[str, Pool], tuple[list[int], list[float]]],
) -> Flags:
    """Mark the entries that any of an interest's names finds."""
    known = pool.rows(kind, {name for names in wanted for name in names}, find)
    return marked(wanted, known, len(pool.entries))


def _excluding(rule: str, pool: Pool) -> tuple[list[int], list[float]]:
    numbers = sorted(pool.find(query.parse(rule)))
    return numbers, [1.0] * len(numbers)


def _rule(interest: Interest, pool: Pool, number: int) -> str:
    rules = ((rule, pool.find(query.parse(rule))) for rule in interest.exclude)
    return next(rule for rule, found in rules if number in found)


def _elsewhere(interests: Sequence[Interest], pool: Pool) -> Flags:
    """Mark the entries from sources that an interest does not take."""
    picky = _marked([interest.sources for interest in interests], pool, "sources", _from)
    asked = np.array([bool(interest.sources) for interest in interests], np.bool_)
    return ~picky & asked[:, None]


def _from(source: str, pool: Pool) -> tuple[list[int], list[float]]:
    numbers = [number for number, entry in enumerate(pool.entries) if source in entry.seen_in]
    return numbers, [1.0] * len(numbers)


def nothing(number: int) -> tuple[Evidence, ...]:
    """Say nothing of any entry: what ``explain`` gives where an interest asks for nothing."""
    del number
    return ()


def explain(interest: Interest, pool: Pool, number: int) -> tuple[Evidence, ...]:
    """Say why an entry belongs to an interest, as ``telling`` does."""
    return telling(interest, pool)(number)


def telling(interest: Interest, pool: Pool) -> Callable[[int], tuple[Evidence, ...]]:
    """Give what says why entries belong to an interest, the strongest reason first.

    A likeness scores what the calibrated share would lose without it. There may be no reason.
    """
    rules, likenesses = _telling(Kind.RULE, interest, pool), _telling(Kind.LIKENESS, interest, pool)
    half, share = middle(interest, pool), curve(pool).share_of

    def tell(number: int) -> tuple[Evidence, ...]:
        told = [e for rule in rules for e in rule(number)]
        alike = [e for likeness in likenesses for e in likeness(number)]
        if alike:
            total = sum([evidence.score for evidence in alike])
            whole = share(total, half)
            for e in alike:
                lost = whole - share(total - e.score, half)
                told.append(Evidence(matcher=e.matcher, reason=e.reason, score=lost))
        told.sort(key=_score, reverse=True)  # which leaves equal ones in their order
        return tuple(told)

    return tell


def _telling(kind: Kind, interest: Interest, pool: Pool) -> list[Tell]:
    found = (matcher.explain(interest, pool) for matcher in _of(kind))
    return [tell for tell in found if tell is not nothing]


def doubts(interest: Interest, pool: Pool, number: int) -> tuple[Evidence, ...]:
    """Say what speaks against an entry; each takes its part of the score."""
    return tuple(e for tell in _telling(Kind.DOUBT, interest, pool) for e in tell(number))


def curve(pool: Pool) -> Curve:
    """Give the curve that makes shares of likenesses."""
    return pool.space.tuning.curve if pool.space is not None else WORDS


def middle(interest: Interest, pool: Pool) -> float:
    """Give the likeness from which on an entry is more for an interest than against it."""
    return curve(pool).middle(pool.taste(interest).examples)
