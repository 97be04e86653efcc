"""How much an interest brought on past days at each threshold, and which would suit the limit.

An entry counts for an interest as it would in the mail: in its best interest, past the threshold
or by a followed author, kept out by no rule. The other interests keep their own thresholds. The
limit is not applied, since what it leaves out is what a threshold is to be raised for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digest.match import Flags, Floats, Ranking
from digest.model import Interest, Profile
from digest.past import Period
from digest.worth import Worth, kept, worths

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
class Tuned:
    """One interest over the period.

    ``share`` is its even share of the limit; ``days`` counts the entries past its own threshold,
    day by day, ``scores`` those of each tenth of the scale. ``nearest`` is the threshold that
    brings about its share, None if nothing scores; ``threshold`` and ``keywords`` are what to
    set instead, None for no change.
    """

    interest: Interest
    share: float
    now: Step
    steps: tuple[Step, ...]
    days: tuple[int, ...]
    scores: tuple[int, ...]
    nearest: Step | None
    threshold: Step | None
    settings: tuple[Worth, ...]
    keywords: tuple[str, ...] | None


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class _Field:
    """The entries that an interest may show: their scores, authors followed, and days."""

    scores: Floats
    followed: Flags
    places: NDArray[np.int64]
    days: int

    def counts(self, threshold: float) -> NDArray[np.int64]:
        """Count the entries past a threshold, day by day."""
        past = self.followed | (self.scores >= np.float32(threshold))
        return np.bincount(self.places[past], minlength=self.days)

    def step(self, threshold: float) -> Step:
        counts = self.counts(threshold)
        return Step(
            threshold=threshold,
            a_day=float(counts.sum()) / self.days,
            without=int((counts == 0).sum()),
        )


def tune(ranking: Ranking, profile: Profile, of: Period) -> tuple[Tuned, ...]:
    """Say how each interest of a profile did, and what would suit it better."""
    share = profile.limit / max(len(profile.interests), 1)
    fields = _fields(ranking, profile, of)
    return tuple(_tuned(ranking, row, field, share) for row, field in enumerate(fields))


def _tuned(ranking: Ranking, row: int, field: _Field, share: float) -> Tuned:
    interest = ranking.interests[row]
    now = field.step(interest.threshold)
    nearest = _nearest(field, share, interest.threshold)
    settings = worths(ranking, row)
    return Tuned(
        interest=interest,
        share=share,
        now=now,
        steps=tuple(field.step(threshold) for threshold in STEPS),
        days=tuple(int(count) for count in field.counts(interest.threshold)),
        scores=tuple(int(n) for n in np.histogram(field.scores, BINS, (0.0, 1.0))[0]),
        nearest=nearest,
        threshold=_suggested(now, nearest, share),
        settings=settings,
        keywords=kept(interest, settings),
    )


def _fields(ranking: Ranking, profile: Profile, of: Period) -> list[_Field]:
    """Give, for each interest, the entries that are its own if past its threshold.

    Those that no rule keeps out and that stand no better with another interest that takes them.
    """
    scores = ranking.scores
    open_to = ~ranking.barred & ~ranking.elsewhere & (scores > 0) & _offered(ranking, profile)
    thresholds = np.array([one.threshold for one in ranking.interests], np.float32)
    past = open_to & (ranking.followed | (scores >= thresholds.reshape(-1, 1)))
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


def _suggested(now: Step, nearest: Step | None, share: float) -> Step | None:
    """Give a threshold worth setting: what is set is far from the share, and this is nearer.

    A threshold is not lowered for an interest that cannot fill its share: a limit is no goal.
    """
    if nearest is None or abs(now.a_day - share) <= NEAR * share:
        return None
    if nearest.threshold < now.threshold and nearest.a_day < (1 - NEAR) * share:
        return None
    return nearest if abs(nearest.a_day - share) < abs(now.a_day - share) else None
