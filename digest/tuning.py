"""How much an interest brought on past days at each threshold, and which would suit the limit.

An entry counts for an interest as it would in the mail: in its best interest, past the threshold
or by a followed author, kept out by no rule. The other interests keep their own thresholds. The
limit is not applied, since what it leaves out is what a threshold is to be raised for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest import worth
from digest.match import Flags, Floats, Ranking
from digest.model import Interest, Profile
from digest.past import Period
from digest.standing import ROUNDING
from digest.worth import Worth

STEPS = tuple(number / 10 for number in range(1, 10))
LEAST, MOST = 0.25, 0.95  # thresholds to suggest: below, what comes is mostly chance
NEAR = 0.25  # of its share by which an interest may bring more or less and be well set
BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What is past a ``threshold``: entries ``a_day`` in the mean, and days ``without`` any."""

    threshold: float
    a_day: float
    without: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """What would suit an interest whose even ``share`` of the limit is so many entries a day.

    The ``keywords`` to keep, and what the present threshold gives with them (``kept``);
    ``nearest`` is the threshold that brings about the share, None if nothing scores, and
    ``better`` the same where it is worth setting.
    """

    share: float
    keywords: tuple[str, ...]
    kept: Step
    nearest: Step | None
    better: Step | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """One interest over the period.

    ``now`` is what its own threshold gives, ``days`` the same day by day; ``scores`` counts the
    entries of each tenth of the scale.
    """

    interest: Interest
    now: Step
    steps: tuple[Step, ...]
    days: tuple[int, ...]
    scores: tuple[int, ...]
    settings: tuple[Worth, ...]
    suggestion: Suggestion


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Field:
    """The entries that an interest may show: their scores, authors followed, and days."""

    scores: Floats
    followed: Flags
    places: NDArray[np.int64]
    days: int

    def counts(self, threshold: float) -> NDArray[np.int64]:
        """Count the entries past a threshold, day by day."""
        past = self.followed | (self.scores >= np.float32(threshold) - ROUNDING)
        return np.bincount(self.places[past], minlength=self.days)

    def step(self, threshold: float) -> Step:
        counts = self.counts(threshold)
        return Step(
            threshold=threshold,
            a_day=float(counts.sum()) / self.days,
            without=int((counts == 0).sum()),
        )


def tune(ranking: Ranking, mended: Ranking, profile: Profile, of: Period) -> tuple[Tuned, ...]:
    """Say how each interest of a profile did, and what would suit it better.

    ``mended`` is the ranking with the keywords to keep, for which thresholds are suggested.
    """
    share = profile.limit / max(len(profile.interests), 1)
    fields = zip(_fields(ranking, profile, of), _fields(mended, profile, of), strict=True)
    return tuple(
        _tuned(ranking, row, field, _suggestion(other, mended.interests[row], share))
        for row, (field, other) in enumerate(fields)
    )


def _tuned(ranking: Ranking, row: int, field: _Field, suggestion: Suggestion) -> Tuned:
    interest = ranking.interests[row]
    return Tuned(
        interest=interest,
        now=field.step(interest.threshold),
        steps=tuple(field.step(threshold) for threshold in STEPS),
        days=tuple(int(count) for count in field.counts(interest.threshold)),
        scores=tuple(int(n) for n in np.histogram(field.scores, BINS, (0.0, 1.0))[0]),
        settings=(*worth.keywords(interest, ranking.pool), *worth.others(ranking, row)),
        suggestion=suggestion,
    )


def _suggestion(field: _Field, interest: Interest, share: float) -> Suggestion:
    kept = field.step(interest.threshold)
    nearest = _nearest(field, share, interest.threshold)
    return Suggestion(
        share=share,
        keywords=interest.keywords,
        kept=kept,
        nearest=nearest,
        better=nearest if nearest and _better(kept, nearest, share) else None,
    )


def _fields(ranking: Ranking, profile: Profile, of: Period) -> list[_Field]:
    """Give, for each interest, the entries that are its own if past its threshold.

    Those that no rule keeps out and that stand no better with another interest that takes them.
    """
    scores = ranking.scores
    open_to = ~ranking.barred & ~ranking.elsewhere & (scores > 0) & ranking.spoken
    open_to = open_to & _offered(ranking, profile)
    thresholds = np.array([one.threshold for one in ranking.interests], np.float32)
    past = open_to & (ranking.followed | (scores >= thresholds[:, None] - ROUNDING))
    taken = np.where(past, scores, -1)
    fields: list[_Field] = []
    for row in range(len(ranking.interests)):
        before = taken[:row].max(axis=0, initial=-1)
        after = taken[row + 1 :].max(axis=0, initial=-1)
        own = open_to[row] & (scores[row] > before) & (scores[row] >= after)
        fields.append(
            _Field(
                scores=scores[row, own],
                followed=ranking.followed[row, own],
                places=of.places[own],
                days=len(of.days),
            )
        )
    return fields


def _offered(ranking: Ranking, profile: Profile) -> Flags:
    """Mark what a profile wants at all: new versions of older papers only if it says so."""
    if profile.replacements == "show":
        return np.ones(len(ranking.pool.entries), np.bool_)
    return np.array([not entry.replaced for entry in ranking.pool.entries], np.bool_)


def _nearest(field: _Field, share: float, now: float) -> Step | None:
    """Find the threshold, in hundredths, that brings nearest to ``share`` entries a day.

    Of several that bring as many, the one nearest to what is set ``now``.
    """
    if not len(field.scores):
        return None
    hundredths = [number / 100 for number in range(round(LEAST * 100), round(MOST * 100) + 1)]
    steps = [field.step(threshold) for threshold in hundredths]
    return min(steps, key=lambda step: (abs(step.a_day - share), abs(step.threshold - now)))


def _better(kept: Step, nearest: Step, share: float) -> bool:
    """Whether a threshold is worth setting: the present one is far from the share, it is nearer.

    A threshold is not lowered for an interest that cannot fill its share: a limit is no goal.
    """
    if abs(kept.a_day - share) <= NEAR * share:
        return False
    if nearest.threshold < kept.threshold and nearest.a_day < (1 - NEAR) * share:
        return False
    return abs(nearest.a_day - share) < abs(kept.a_day - share)
