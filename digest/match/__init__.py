"""The seam for matching: one file a matcher, and the ranking that joins what they find.

A module here that defines ``MATCHER`` takes part; nothing else need be edited. All profiles are
scored in one pass over the day's entries, as matrices of shape (interests, entries); evidence is
written only for what is shown.

What matchers find is of two kinds. A *rule* (keywords, authors, categories) gives a share in 0..1.
A *likeness* (words, meaning) gives a cosine; the likenesses of an interest are added up and
calibrated to one share (digest/calibration.py). With shares s, an interest's score is
1 - (1 - s1)(1 - s2)..., so that several findings add up without passing 1; its weight w bends it
to 1 - (1 - score)^w.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from digest import calibration, query
from digest.model import Evidence, Interest, Match, Profile
from digest.pool import Pool

Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One way of finding entries.

    ``score`` gives what it finds, shape (interests, entries). ``explain`` says why for one entry
    (its place in the pool), in words of a person; its evidence carries the share or cosine.
    ``likeness`` is the weight of its cosine among the others; 0 for a rule.
    """

    name: str
    score: Callable[[Sequence[Interest], Pool], Floats]
    explain: Callable[[Interest, Pool, int], tuple[Evidence, ...]]
    likeness: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How an entry stands with one interest; ``excluded`` is the rule that keeps it out."""

    interest: Interest
    score: float
    excluded: str
    elsewhere: bool


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Standing:
    """Where each entry of the pool goes, by its place; all of shape (entries,).

    ``rows`` names the interest by its place in the profile, -1 for none; ``scores`` is the score
    there; ``past`` whether it belongs to it; ``followed`` whether for its author.
    """

    rows: NDArray[np.int64]
    scores: Floats
    past: Flags
    followed: Flags


@dataclass(frozen=True, eq=False, kw_only=True)
class Ranking:
    """One profile's standing with every entry of the pool.

    ``scores``, ``barred``, ``followed`` and ``elsewhere`` have the shape (interests, entries):
    the score, whether a rule of the interest keeps the entry out, whether an author of the
    interest's wrote it, and whether it came from sources that the interest does not take.
    """

    pool: Pool
    interests: tuple[Interest, ...]
    scores: Floats
    barred: Flags
    followed: Flags
    elsewhere: Flags

    @cached_property
    def standing(self) -> Standing:
        """Give the interest that each entry goes to: the best it is past, else it is near."""
        every = np.arange(len(self.pool.entries))
        if not self.interests:
            none = np.zeros(len(every), np.float32)
            return Standing(rows=every * 0 - 1, scores=none, past=none > 0, followed=none > 0)
        open_to = ~self.barred & ~self.elsewhere & (self.scores > 0)
        thresholds = np.array([[interest.threshold] for interest in self.interests], np.float32)
        past = open_to & (self.followed | (self.scores >= thresholds))
        rows = np.argmax(np.where(open_to, self.scores, -1) + 2 * past, axis=0)
        chosen = rows, every
        return Standing(
            rows=np.where(open_to[chosen], rows, -1),
            scores=np.where(open_to[chosen], self.scores[chosen], 0).astype(np.float32),
            past=past[chosen],
            followed=past[chosen] & self.followed[chosen],
        )

    @cached_property
    def excluded(self) -> Flags:
        """Whether rules keep an entry out of every interest that would have taken it."""
        speaks = ~self.elsewhere & (self.scores > 0)
        return np.asarray(self.barred.any(axis=0) & ~(speaks & ~self.barred).any(axis=0), np.bool_)

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
        evidence = explain(interest, self.pool, number)
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
    scores, followed = _scores(interests, pool)
    barred = _marked(interests, pool, lambda interest: interest.exclude, _excluding)
    elsewhere = _elsewhere(interests, pool)
    rankings: list[Ranking] = []
    start = 0
    for profile in profiles:
        rows = slice(start, start + len(profile.interests))
        rankings.append(
            Ranking(
                pool=pool,
                interests=profile.interests,
                scores=scores[rows],
                barred=barred[rows],
                followed=followed[rows],
                elsewhere=elsewhere[rows],
            )
        )
        start = rows.stop
    return tuple(rankings)


def _scores(interests: Sequence[Interest], pool: Pool) -> tuple[Floats, Flags]:
    """Join what all matchers find: the scores, and where an author is followed."""
    shape = len(interests), len(pool.entries)
    missing = np.ones(shape, np.float32)
    likeness = np.zeros(shape, np.float32)
    followed = np.zeros(shape, np.bool_)
    for matcher in matchers():
        found = matcher.score(interests, pool)
        if matcher.likeness:
            likeness += np.float32(matcher.likeness) * found
        else:
            missing *= 1 - found
        if matcher.name == "authors":
            followed = found > 0
    asks = np.array([bool(i.text or i.examples) for i in interests], np.bool_)
    missing[asks] *= 1 - calibration.share(likeness[asks], meaning=pool.space is not None)
    weights = np.array([interest.weight for interest in interests], np.float32)
    bent = weights != 1
    missing[bent] **= weights[bent, None]
    return 1 - missing, followed


def _marked(
    interests: Sequence[Interest],
    pool: Pool,
    wanted: Callable[[Interest], Sequence[str]],
    find: Callable[[str, Pool], Sequence[int] | frozenset[int]],
) -> Flags:
    """Mark the entries that any of an interest's names finds; each name is looked up once."""
    marks = np.zeros((len(interests), len(pool.entries)), np.bool_)
    known: dict[str, list[int]] = {}
    for row, interest in enumerate(interests):
        for name in wanted(interest):
            if name not in known:
                known[name] = sorted(find(name, pool))
            marks[row, known[name]] = True
    return marks


def _excluding(rule: str, pool: Pool) -> frozenset[int]:
    return pool.find(query.parse(rule))


def _rule(interest: Interest, pool: Pool, number: int) -> str:
    return next(rule for rule in interest.exclude if number in _excluding(rule, pool))


def _elsewhere(interests: Sequence[Interest], pool: Pool) -> Flags:
    """Mark the entries from sources that an interest does not take."""
    picky = _marked(interests, pool, lambda interest: interest.sources, _from)
    asked = np.array([bool(interest.sources) for interest in interests], np.bool_)
    return ~picky & asked[:, None]


def _from(source: str, pool: Pool) -> list[int]:
    return [number for number, entry in enumerate(pool.entries) if source in entry.seen_in]


def explain(interest: Interest, pool: Pool, number: int) -> tuple[Evidence, ...]:
    """Say why an entry belongs to an interest, the strongest reason first.

    The score of a likeness is what the calibrated share would lose without it.
    """
    found = {m: m.explain(interest, pool, number) for m in matchers()}
    alike: Mapping[Matcher, float] = {
        m: m.likeness * sum(e.score for e in evidence) for m, evidence in found.items()
    }
    total = sum(alike.values())
    meaning = pool.space is not None
    whole = calibration.share(np.float32(total), meaning=meaning)
    told: list[Evidence] = []
    for matcher, evidence in found.items():
        if not matcher.likeness:
            told.extend(evidence)
            continue
        without = calibration.share(np.float32(total - alike[matcher]), meaning=meaning)
        told.extend(replace(one, score=float(whole - without)) for one in evidence)
    return tuple(sorted(told, key=lambda one: -one.score))
