"""The seam for matching: one file a matcher, and the ranking that joins what they find.

A module here that defines ``MATCHER`` takes part; nothing else need be edited. Every profile
is scored in one pass over the day's entries; evidence is written only for what is shown.

A matcher's share s is in 0..1. An interest's score is 1 - (1 - s1)(1 - s2)..., so that several
findings add up without passing 1; its weight w bends it to 1 - (1 - score)^w.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from digest import query
from digest.model import Evidence, Interest, Match, Profile
from digest.pool import Pool

Shares = Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """One way of finding entries.

    ``score`` gives, for each interest in order, the share of each entry it finds (by its
    place in the pool). ``explain`` says why for one entry, in words of a person; its evidence
    carries the share.
    """

    name: str
    score: Callable[[Sequence[Interest], Pool], Sequence[Shares]]
    explain: Callable[[Interest, Pool, int], tuple[Evidence, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """How an entry stands with one interest; ``excluded`` is the rule that keeps it out."""

    interest: Interest
    score: float = 0.0
    excluded: str = ""

    @property
    def past(self) -> bool:
        """Whether the entry belongs to the interest."""
        return not self.excluded and self.score > 0 and self.score >= self.interest.threshold


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """One profile's standing with every entry of the pool that anything speaks for or against."""

    pool: Pool
    findings: Mapping[int, tuple[Finding, ...]]

    def best(self, number: int) -> Finding | None:
        """Give the interest an entry goes to: the best it is past, else the best it is near."""
        open_to = [found for found in self.findings.get(number, ()) if not found.excluded]
        return max(open_to, key=lambda found: (found.past, found.score), default=None)

    def excluded(self, number: int) -> str:
        """Give the rule that keeps an entry out of everything that would have taken it, or ""."""
        found = self.findings.get(number, ())
        if not found or any(not finding.excluded and finding.score for finding in found):
            return ""
        return next((finding.excluded for finding in found if finding.excluded), "")

    def match(self, number: int) -> Match:
        """Give an entry's match, with evidence."""
        best = self.best(number)
        entry = self.pool.entries[number]
        if best is None or best.score == 0:
            return Match(entry=entry, interest=None, score=0.0)
        return Match(
            entry=entry,
            interest=best.interest,
            score=best.score,
            evidence=explain(best.interest, self.pool, number),
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
    """Score every entry of the pool for every interest of every profile."""
    interests = [interest for profile in profiles for interest in profile.interests]
    scored = [matcher.score(interests, pool) for matcher in matchers()]
    rankings: list[Ranking] = []
    place = 0
    for profile in profiles:
        findings: dict[int, list[Finding]] = {}
        for interest in profile.interests:
            shares = [shares_of[place] for shares_of in scored]
            for number, finding in _findings(interest, shares, pool).items():
                findings.setdefault(number, []).append(finding)
            place += 1
        rankings.append(
            Ranking(pool=pool, findings={number: tuple(rows) for number, rows in findings.items()})
        )
    return tuple(rankings)


def _findings(interest: Interest, shares: Sequence[Shares], pool: Pool) -> dict[int, Finding]:
    """Join the matchers' shares for one interest and apply its exclusions and sources."""
    missing: dict[int, float] = {}
    for found in shares:
        for number, share in found.items():
            missing[number] = missing.get(number, 1.0) * (1.0 - share)
    barred: dict[int, str] = {}
    for rule in interest.exclude:
        for number in pool.find(query.parse(rule)):
            barred.setdefault(number, rule)
    wanted = frozenset(interest.sources)
    return {
        number: Finding(
            interest=interest,
            score=1.0 - missing.get(number, 1.0) ** interest.weight,
            excluded=barred.get(number, ""),
        )
        for number in {*missing, *barred}
        if not wanted or wanted & set(pool.entries[number].seen_in)
    }


def explain(interest: Interest, pool: Pool, number: int) -> tuple[Evidence, ...]:
    """Say why an entry belongs to an interest, the strongest reason first."""
    found = [
        evidence for matcher in matchers() for evidence in matcher.explain(interest, pool, number)
    ]
    return tuple(sorted(found, key=lambda evidence: -evidence.score))
